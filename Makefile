# Everything from a fresh clone. Needs Python 3.11 or newer; the rest is made or asked for.
PYTHON ?= python3
BOOTSTRAP = $(PYTHON) -m config.bootstrap

.PHONY: run test check clients bench setup audit requirements clean
.DEFAULT_GOAL := run

run:            ## the site with its workers, on PORT (8000), until Ctrl-C
	@$(BOOTSTRAP) run

test:           ## the whole suite; ARGS="-k word" picks from it
	@$(BOOTSTRAP) test $(ARGS)

check:          ## lint, types, boundaries, templates, migrations, tests: what CI runs
	@$(BOOTSTRAP) check $(ARGS)

clients:        ## Thunderbird and Evolution subscribe to a site, where they are installed
	@$(BOOTSTRAP) clients $(ARGS)

bench:          ## the benchmarks, as a table and in var/bench.json
	@$(BOOTSTRAP) bench $(ARGS)

setup:          ## everything run does before it starts the site
	@$(BOOTSTRAP) setup

audit:          ## known holes in the pinned packages (needs the network)
	@$(BOOTSTRAP) audit

requirements:   ## compiles requirements*.in; ARGS=--upgrade takes newer versions
	@$(BOOTSTRAP) requirements $(ARGS)

clean:          ## takes away what can be built again; the data in var/ stays
	@$(BOOTSTRAP) clean
