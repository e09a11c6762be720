"""Django settings, from environment variables alone; docs/configuration.md lists every one."""

from pathlib import Path

from mse_site import secret
from mse_site.databases import database
from mse_site.embedded import paths
from mse_site.env import BadSetting, Environment
from mse_site.schedules import BEAT, ROUTES
from search.encoders import EncoderError, check_spec

env = Environment()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.path("MSE_DATA_DIR", BASE_DIR / "data")
DEBUG = env.flag("MSE_DEBUG", False)
BIND = env.bind("MSE_BIND", "127.0.0.1:8000")
SECRET_KEY = env.raw("MSE_SECRET_KEY") or secret.load_or_create(DATA_DIR / "secret_key")
ALLOWED_HOSTS = env.words("MSE_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("MSE_TRUSTED_ORIGINS", [])
SITE_NAME = env.text("MSE_SITE_NAME", "Meme Search Engine")

# --- what this site is made of -------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "mse_site",
    "ingestion",
    "search",
    "rating",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "mse_site.urls"
WSGI_APPLICATION = "mse_site.wsgi.application"
ASGI_APPLICATION = "mse_site.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mse_site.context.site",
            ],
            "builtins": ["mse_site.templatetags.addresses"],
        },
    },
]

# --- Postgres, Redis, sidecar --------------------------------------------------------------------------------------


_database_url = env.url("DATABASE_URL", ["postgres", "postgresql"])
_redis_url = env.url("REDIS_URL", ["redis", "rediss", "unix"])
MSE_ENCODER = env.text("MSE_ENCODER", "lite")
try:
    check_spec(MSE_ENCODER)
except EncoderError as error:
    raise BadSetting(f"MSE_ENCODER: {error}") from error

EMBEDDED_POSTGRES = _database_url is None
EMBEDDED_REDIS = _redis_url is None
DATABASE_URL = _database_url or paths.postgres_url(DATA_DIR)
REDIS_URL = _redis_url or paths.redis_url(DATA_DIR)
CELERY_BROKER_URL = paths.celery_url(REDIS_URL)
DATABASES = {"default": database(DATABASE_URL)}
SIDECAR_SOCKET = env.path("MSE_SIDECAR_SOCKET", paths.sidecar_socket(DATA_DIR))

CACHES = {
    "default": {
        # A site without Redis is slower, not broken.
        "BACKEND": "mse_site.cache.FailOpenCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "mse",
        "OPTIONS": {
            "IGNORE_EXCEPTIONS": True,
            "REDIS_CLIENT_CLASS": "mse_site.cache.RestingRedis",
            # Never pickle: who can write to Redis must not run code here.
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "SOCKET_CONNECT_TIMEOUT": 0.5,
            "SOCKET_TIMEOUT": 0.5,
        },
    }
}
SESSION_ENGINE = "mse_site.sessions"

# --- media ---------------------------------------------------------------------------------------------------------

MEDIA_DIR = env.path("MSE_MEDIA_DIR", DATA_DIR / "media")
STORAGES = {
    # Originals that were handed to us, and everything derived from originals. To keep them in S3, name its class here.
    "memes": {
        "BACKEND": env.text("MSE_MEDIA_STORAGE", "search.store.AtomicFileSystemStorage"),
        "OPTIONS": env.json_object("MSE_MEDIA_STORAGE_OPTIONS", {"location": str(MEDIA_DIR)}),
    },
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(MEDIA_DIR)}},
    "staticfiles": {"BACKEND": "mse_site.static_files.RememberingStorage"},
}
MSE_MAX_FILE_BYTES = env.integer("MSE_MAX_FILE_MB", 100, minimum=1, maximum=10_000) * 1_000_000
MSE_MAX_PIXELS = env.integer("MSE_MAX_MEGAPIXELS", 128, minimum=1, maximum=2_000) * 1_000_000
MSE_MAX_CLIP_S = env.integer("MSE_MAX_CLIP_SECONDS", 600, minimum=1, maximum=36_000)
MSE_OCR = env.flag("MSE_OCR", True)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000  # form fields; files are streamed to disk and capped by MSE_MAX_FILE_MB
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# --- search --------------------------------------------------------------------------------------------------------

CURATOR_TEST = "mse_site.access.is_curator"  # who looks after what is shared: a function of a user
EXPORT_DIR = env.text("MSE_EXPORT_DIR", "")  # shared collections are kept there as files; empty: nowhere
TRASH_DAYS = env.integer("MSE_TRASH_DAYS", 30, minimum=1, maximum=3650)
NSFW_THRESHOLD = env.integer(
    "MSE_NSFW_THRESHOLD", 60, minimum=0, maximum=1000
)  # thousandths of a cosine; 0: never guess
# What other apps add to the search of the library, as dotted paths; the fetcher is a function from an address to its bytes.
SEARCH_TERM_KINDS = ["rating.terms.TasteKind", "search.concepts.kind.ConceptKind"]  # classes that are search.kinds.Kind
SEARCH_MEME_PANELS = [
    "rating.views.marks.panel",
    "search.views.concepts.panel",
]  # functions of a user and a meme: HTML for the meme's page, or nothing
SEARCH_NAMED_FOR_ALL = ("taste", "everyone/")  # what strangers may name: a kind, and what its values begin with
SEARCH_PICTURE_FETCHER = "ingestion.pictures.fetch_picture" if env.flag("MSE_FETCH_PICTURES", True) else ""
# Vectors of a space from which on it has an index in Postgres too, for when the sidecar is away; 0: never.
POSTGRES_INDEX_FROM = env.integer("MSE_POSTGRES_INDEX_FROM", 100_000, minimum=0, maximum=1_000_000_000)
POSTGRES_INDEX_MB = env.integer("MSE_POSTGRES_INDEX_MB", 512, minimum=64, maximum=65_536)  # of memory, to build it

# --- sources -------------------------------------------------------------------------------------------------------

# Below these curators may name folders of this machine; with `manage.py import_folder` whoever runs the site names any.
FOLDERS = env.words("MSE_FOLDERS", [])
REDDIT_KEYS = (env.text("MSE_REDDIT_CLIENT_ID", ""), env.text("MSE_REDDIT_CLIENT_SECRET", ""))
REDDIT_SITES = ("https://www.reddit.com", "https://oauth.reddit.com")  # for keys, and for questions

# Classes that are search.merging.Follower.
MERGE_FOLLOWERS = ["rating.merging.Answers", "rating.curation.merging.Items"]
JOB_KINDS = ["search.tasks.JOBS", "ingestion.tasks.JOBS", "rating.tasks.JOBS"]  # lists of search.job_kinds.JobKind

# --- processes -----------------------------------------------------------------------------------------------------

WEB_WORKERS = env.integer("MSE_WEB_WORKERS", 2, minimum=1, maximum=64)
WORKER_PROCESSES = env.integer("MSE_WORKER_PROCESSES", 0, minimum=0, maximum=256)  # 0: one for each core

# A killed worker's memes are picked up again after this; the slowest stage takes seconds.
CLAIM_LEASE_S = env.integer("MSE_LEASE_SECONDS", 120, minimum=2, maximum=3600)

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = ROUTES
CELERY_TASK_SOFT_TIME_LIMIT = 300
CELERY_TASK_TIME_LIMIT = 360
# Longer than the hard limit of any task, so that none is handed out twice while it runs: an index may take 25 hours. What a
# killed worker held is not waited for, the schedules find it.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 26 * 3600,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
    "retry_on_timeout": False,
    "max_retries": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
# Every 20 s it is written down what was sent; else `manage.py doctor` would see nothing for the first three minutes.
CELERY_BEAT_SYNC_EVERY = 6
CELERY_BEAT_SCHEDULE = BEAT
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- people --------------------------------------------------------------------------------------------------------

# Names, addresses and Django's permissions; a second backend would hash every wrong password twice.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SIGNUP = env.choice("MSE_SIGNUP", "invite", ["open", "invite", "closed"])
# Whether people who are not signed in may look at the shared library.
PUBLIC_LIBRARY = env.flag("MSE_PUBLIC", False)
ACCOUNT_ADAPTER = "mse_site.accounts.AccountAdapter"
ACCOUNT_FORMS = {"signup": "mse_site.accounts.SignupForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # many such sites send no mail at all
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
# Failed sign-ins: of one address, and of one name whatever the address. Other actions keep allauth's limits.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
# Without it, everybody behind a proxy would share one limit; with too many, anybody could make up their address.
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("MSE_TRUSTED_PROXIES", 0, minimum=0, maximum=10)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
EMAIL_HOST = env.text("MSE_EMAIL_HOST", "")
# Without a mail server, mail (such as the link to a new password) is written to the log of the web process.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
EMAIL_PORT = env.integer("MSE_EMAIL_PORT", 25, minimum=1, maximum=65535)
EMAIL_HOST_USER = env.text("MSE_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("MSE_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = env.flag("MSE_EMAIL_TLS", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("MSE_EMAIL_FROM", "memes@localhost")

# --- HTTP ----------------------------------------------------------------------------------------------------------

HTTPS = env.flag("MSE_HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

LANGUAGE_CODE = "en"
TIME_ZONE = env.time_zone("MSE_TIME_ZONE", "UTC")
USE_TZ = True

# --- API -----------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["mse_site.permissions.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["mse_site.permissions.MayReadLibrary"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "EXCEPTION_HANDLER": "mse_site.problems.respond",
}
# The protocols of other programs, for what was made for them: docs/clients.md.
MSE_BACKEND_API = env.flag("MSE_BACKEND_API", False)
MSE_CLIP_RETRIEVAL_API = env.flag("MSE_CLIP_RETRIEVAL_API", False)
SPECTACULAR_SETTINGS = {
    "TITLE": "Meme Search Engine",
    "DESCRIPTION": "Everything the pages can do.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,  # a file is bytes on the way in and an address on the way out
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "mse_site.problems.describe",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- logs ----------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["stderr"],
        "level": env.choice("MSE_LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"]),
    },
}
