"""Where Django finds its settings: whichever test comes first, and in whichever process."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.hosting_settings"
