"""The test settings of a server process apart: it uses the very database of the running test."""

import os

from learning.settings.test import *  # noqa: F403 -- settings are one namespace
from learning.settings.test import DATABASES, env

_options = DATABASES["default"].get("OPTIONS", {})
DATABASES["default"] = env.db_url_config(os.environ["KILL_TEST_DATABASE_URL"])
if "sqlite" in str(DATABASES["default"]["ENGINE"]):
    DATABASES["default"]["OPTIONS"] = _options
