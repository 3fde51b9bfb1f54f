# Two commands: `make chat` installs everything and opens the chat; `make test` installs everything and runs the tests.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: chat test lint audit clean

chat: .venv/installed
	$(BIN)/qa chat --open

test: .venv/installed-dev
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p qa
	$(BIN)/lint-imports

# Known vulnerabilities of what is installed, as PyPI knows them.
audit: .venv/installed .venv/audit/installed
	.venv/audit/bin/pip-audit --progress-spinner off --skip-editable \
		--path $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')

.venv/audit/installed: .venv/installed
	$(PYTHON) -m venv .venv/audit
	.venv/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	touch $@

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
