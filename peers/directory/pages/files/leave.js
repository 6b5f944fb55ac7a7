// Leave at once: nothing to see any more, and this page is not behind the Back button.
document.getElementById("leave").addEventListener("click", function (event) {
  event.preventDefault();
  document.title = "";
  document.body.hidden = true;
  location.replace(this.href);
});
