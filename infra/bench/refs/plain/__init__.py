"""The usual: a Django project with a DRF view that saves a message through the ORM. Nothing of ours."""
