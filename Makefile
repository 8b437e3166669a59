# Everything starts here: `make help`. Needs git, make and Python >= 3.11 with venv; sets itself up in $(VENV).

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
KEEP ?=
DEMO_FOLDER ?= var/demo

BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
ROOTS := $(wildcard accounts calendarsync mss templates)
TEMPLATES := $(shell find $(ROOTS) -name '*.html' -print -quit)
# Not asked for: a line break after each heading, and a type on a button that submits, which is what a button does.
LINT_TEMPLATES := $(BIN)/djlint --lint --quiet --ignore H015,H043
CATALOGUE := mss/locale/sv/LC_MESSAGES/django.po
COMPILED := $(CATALOGUE:.po=.mo)
# Several at once, but not those that start whole services and say how soon a change arrives.
AT_ONCE := -n $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 2))) --dist loadfile
ALONE := tests/e2e tests/workers
# The floor of what production may be set to: `check --deploy` must find nothing to say about it.
PRODUCTION := DEBUG=False SECRET_KEY=no-secret-but-as-long-as-one-has-to-be-0123456789-abcdef \
	ALLOWED_HOSTS=sync.contoso.test PUBLIC_URL=https://sync.contoso.test NOTIFICATION_URL=https://sync.contoso.test \
	DATABASE_URL=postgres://mss@db.contoso.test/mss TRUSTED_PROXIES=1 \
	MICROSOFT_CLIENT_ID=00000000-0000-4000-8000-000000000001 MICROSOFT_CLIENT_SECRET=secret \
	OUTLOOK_ADDIN_ID=00000000-0000-4000-8000-000000000002 \
	ONEX_URL=https://onex.contoso.test ONEX_TOKEN=token CACHE_URL=redis://cache.contoso.test/1 \
	CELERY_BROKER_URL=amqp://mss@broker.contoso.test/mss FIELD_KEYS=bm8tc2VjcmV0LWJ1dC1hcy1sb25nLWFzLW9uZS1oYXM= \
	TELENOR_ID_ISSUER=https://id.contoso.test TELENOR_ID_CLIENT_ID=sync TELENOR_ID_CLIENT_SECRET=secret

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo manage test check messages lock

demo: $(VENV)/demo.ok $(COMPILED) ## The whole service with a simulated Microsoft and One X (KEEP=1 keeps what the last one held)
	@exec $(BIN)/python manage.py demo $(if $(KEEP),--keep) $(ARGS)

manage: $(VENV)/demo.ok ## A command to the running demo: ARGS="explain anna.berg@contoso.test"
	@test -f $(DEMO_FOLDER)/environment || { echo "No demo has run here yet: make demo"; exit 1; }
	@set -a && . $(DEMO_FOLDER)/environment && set +a && exec $(BIN)/python manage.py $(ARGS)

test: $(VENV)/dev.ok $(COMPILED) ## The tests, on SQLite and again on PostgreSQL where it is found (ARGS="tests/core -k plan" goes to pytest)
ifeq ($(strip $(ARGS)),)
	$(BIN)/python -m pytest $(AT_ONCE) $(ALONE:%=--ignore=%)
	$(BIN)/python -m pytest $(ALONE)
	$(BIN)/python -m tests.postgres $(AT_ONCE)
else
	$(BIN)/python -m pytest $(ARGS)
	$(BIN)/python -m tests.postgres $(ARGS)
endif

check: $(VENV)/dev.ok ## Style, types, templates, migrations, translations, settings and the environment itself
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(if $(TEMPLATES),$(LINT_TEMPLATES) $(ROOTS))
	@echo 'manage.py makemigrations --check'
	@$(PRODUCTION) DATABASE_URL=sqlite://:memory: $(BIN)/python manage.py makemigrations --check --dry-run
	@echo 'manage.py check --deploy, with the settings of a service'
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(same-messages)
	$(BIN)/python -m pip check

messages: $(VENV)/demo.ok ## Bring the Swedish catalogue up to date with the code (needs gettext)
	@command -v xgettext >/dev/null || { echo "This needs gettext. On Debian and Ubuntu: sudo apt install gettext"; exit 1; }
	@$(BIN)/python manage.py makemessages --locale sv --no-location --no-wrap --no-obsolete \
		--ignore tests --ignore var --ignore '$(VENV)' --ignore mss/simulators

lock: ## Pin again what pyproject.toml asks for (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/ (for instance: pip install uv)"; exit 1; }
	uv pip compile --universal --python-version 3.11 --generate-hashes pyproject.toml -o requirements/runtime.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --group dev pyproject.toml -c requirements/runtime.txt -o requirements/dev.txt

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s%s\n", $$1, $$2}' Makefile

# Set-up. The second list contains the first, so either may be installed over the other.

$(VENV)/demo.ok: requirements/runtime.txt $(BIN)/python
	$(install)

$(VENV)/dev.ok: requirements/dev.txt $(VENV)/demo.ok
	$(install)

# Babel's compiler needs no gettext on the machine.
$(COMPILED): $(CATALOGUE) | $(VENV)/demo.ok
	@$(BIN)/pybabel --quiet compile --directory mss/locale --domain django

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or later is needed and '$(PYTHON)' is not it. Name another one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make virtual environments. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

define install
@echo "Installing $< ..."
@$(if $(UV),$(UV) pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check) --require-hashes -r $<
@touch $@
endef

# The date of the run is the only thing that may differ; the catalogue stays as it was.
define same-messages
@cp -p $(CATALOGUE) $(VENV)/django.po
@$(MAKE) --silent messages
@same=; diff -I POT-Creation-Date $(VENV)/django.po $(CATALOGUE) && same=yes; mv $(VENV)/django.po $(CATALOGUE); \
	[ "$$same" ] || { echo "The catalogue is not what the code says: make messages, then translate."; exit 1; }
endef
