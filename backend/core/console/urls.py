"""Routes of the frame, below `/console/`."""

from __future__ import annotations

from django.urls import path, re_path

from backend.core.console import assets, views

app_name = "console"
urlpatterns = [
    path("", views.show_start, name="start"),
    path("sign-in", views.sign_in, name="sign_in"),
    path("sign-in/second", views.show_second, name="second"),
    path("confirm", views.confirm, name="confirm"),
    path("sign-out", views.sign_out, name="sign_out"),
    path("enrol", views.enrol, name="enrol"),
    path("enrol/second", views.enrol_second, name="enrol_second"),
    path("own", views.own.show_own, name="own"),
    path("own/codes", views.own.make_codes, name="own_codes"),
    path("own/key", views.own.add_key, name="own_key"),
    path("own/passphrase", views.own.change_passphrase, name="own_passphrase"),
    path("assets/<str:tag>/<str:name>", assets.send_asset, name="asset"),
]
# After everything else, also what other apps add: an address that is none of these.
last = [re_path(r"^.*$", views.show_nothing, name="nothing")]
