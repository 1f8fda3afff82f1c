# Every target is a subcommand of scripts/dev.py, which makes .venv and installs what the target needs.
.PHONY: demo test test-python lint types layers examples compat compat-tests conformance bench ci

demo test test-python lint types layers examples compat compat-tests conformance bench ci:
	python3 scripts/dev.py $@
