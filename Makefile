# 后勤服务台 houqin-desk: two commands, `make run` and `make test`. Everything else serves them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

UV_VERSION := 0.13.9
UV := .tools/bin/uv
APP := .venv/bin
STAMPS := .stamps
export UV_PYTHON_DOWNLOADS ?= automatic
export RASA_TELEMETRY_ENABLED := false

.PHONY: help run test check bench audit format lock clean

help: ## 显示可用命令
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

run: $(STAMPS)/app $(STAMPS)/rasa ## 准备两个环境、训练、启动机器人和本地沙盒，打印网页地址
	@exec $(APP)/houqin run

test: $(STAMPS)/dev $(STAMPS)/rasa ## 跑全部测试（真 Rasa、真数据库、真 HTTP、真浏览器）
	@$(APP)/houqin train
	@$(APP)/pytest

check: $(STAMPS)/dev ## 格式、静态检查、类型、分层约定
	@$(APP)/ruff format --check .
	@$(APP)/ruff check .
	@$(APP)/mypy
	@$(APP)/lint-imports

audit: $(STAMPS)/dev ## 依赖有没有已知漏洞（0 没有，1 有，2 查不成，没有结论）
	@$(APP)/python -m tests.audit

format: $(STAMPS)/dev ## 自动排版
	@$(APP)/ruff format .
	@$(APP)/ruff check --fix .

bench: $(STAMPS)/dev $(STAMPS)/rasa ## 性能与理解质量的对比测量
	@$(APP)/houqin train
	@$(APP)/python -m tests.bench

lock: $(UV) ## 重新锁定三份依赖（带哈希）
	$(UV) pip compile --universal --generate-hashes --no-header --no-annotate -q --upgrade pyproject.toml -o requirements/app.txt
	$(UV) pip compile --universal --generate-hashes --no-header --no-annotate -q --upgrade --extra dev -c requirements/app.txt pyproject.toml -o requirements/dev.txt
	cd nlu/server && ../../$(UV) pip compile --universal --generate-hashes --no-header --no-annotate -q --upgrade pyproject.toml -o ../../requirements/rasa.txt

clean: ## 删除环境和构建产物（不动 data/）
	rm -rf .venv .venv-rasa .tools $(STAMPS) build

$(UV):
	@echo "▸ 准备 uv $(UV_VERSION)"
	@python3 -m venv .tools
	@.tools/bin/pip install -q --disable-pip-version-check uv==$(UV_VERSION)

$(STAMPS)/app: $(UV) requirements/app.txt pyproject.toml
	@if [ ! -e $(STAMPS)/dev ]; then echo "▸ 安装应用环境（Python ≥ 3.11）"; \
		$(UV) venv -q --allow-existing .venv && VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip sync -q requirements/app.txt && \
		VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip install -q --no-deps --no-build-isolation -e . ; fi
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: $(UV) requirements/dev.txt pyproject.toml
	@echo "▸ 安装开发环境（Python ≥ 3.11）"
	@$(UV) venv -q --allow-existing .venv
	@VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip sync -q requirements/dev.txt
	@VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip install -q --no-deps --no-build-isolation -e .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/rasa: $(UV) requirements/rasa.txt nlu/server/pyproject.toml
	@echo "▸ 安装 Rasa 环境（Python 3.10，约 2.5 GB，首次需要几分钟）"
	@cd nlu/server && ../../$(UV) venv -q --allow-existing ../../.venv-rasa
	@VIRTUAL_ENV=$(CURDIR)/.venv-rasa $(UV) pip sync requirements/rasa.txt
	@mkdir -p $(STAMPS) && touch $@
