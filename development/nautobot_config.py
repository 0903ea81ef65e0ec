"""Settings of Nautobot on one machine: everything that differs comes from the state folder that the launcher keeps.

WOW_STATE         the state folder; default is .wow in the repository
WOW_DATABASE      another database than `nautobot`
WOW_REDIS_DB      the first of two Valkey databases: the queue, and the cache in the next one; default 0
WOW_TESTING       for tests: no broker, cheap password hashes, the template for test databases
WOW_WITHOUT_APP   Nautobot and nautobot-ssot only, to make the template database
"""

import json
import os
from pathlib import Path

from nautobot.core.settings import *  # noqa: F403

_state = Path(os.environ.get("WOW_STATE") or Path(__file__).resolve().parent.parent / ".wow")
_known = json.loads((_state / "state.json").read_text(encoding="utf-8"))
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
_redis_db = int(os.environ.get("WOW_REDIS_DB", "0")) + 2 * _worker


def _secret(name):
    return (_state / "secrets" / name).read_text(encoding="utf-8").strip()


def _redis(database):
    return f"redis://:{_secret('valkey_password')}@127.0.0.1:{_known['valkey']['port']}/{database}"


SECRET_KEY = _secret("secret_key")
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
DEBUG = False
TIME_ZONE = "UTC"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("WOW_DATABASE", "nautobot"),
        "USER": "nautobot",
        "PASSWORD": _secret("database_password"),
        "HOST": "127.0.0.1",
        "PORT": str(_known["postgres"]["port"]),
        "CONN_MAX_AGE": 300,
    }
}
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": _redis(_redis_db + 1),
        "TIMEOUT": 300,
        "OPTIONS": {"CLIENT_CLASS": "django_redis.client.DefaultClient"},
    }
}
CELERY_BROKER_URL = _redis(_redis_db)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 30 * 60
CELERY_TASK_TIME_LIMIT = 35 * 60

NAUTOBOT_ROOT = str(_state / "nautobot")
STATIC_ROOT = str(_state / "nautobot" / "static")
MEDIA_ROOT = str(_state / "nautobot" / "media")
GIT_ROOT = str(_state / "nautobot" / "git")
JOBS_ROOT = str(_state / "nautobot" / "jobs")

METRICS_ENABLED = False
INSTALLATION_METRICS_ENABLED = False

PLUGINS = ["nautobot_ssot"] if os.environ.get("WOW_WITHOUT_APP") else ["nautobot_ssot", "nautobot_wow"]
PLUGINS_CONFIG = {"nautobot_ssot": {"hide_example_jobs": True}}

if os.environ.get("WOW_TESTING"):
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, "nautobot.example.com"]  # the one that the test cases of Nautobot ask for
    DATABASES["default"]["TEST"] = {"NAME": os.environ["WOW_TESTING"], "TEMPLATE": os.environ["WOW_TEMPLATE"]}
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    CELERY_BROKER_URL = "memory://"
    CELERY_TASK_ALWAYS_EAGER = True
    CELERY_TASK_STORE_EAGER_RESULT = True
    CONSTANCE_BACKEND = "constance.backends.memory.MemoryBackend"
    CONTENT_TYPE_CACHE_TIMEOUT = 0
