"""Every named query is used, and every used one is there."""

import re
from pathlib import Path

import pytest

import accounts
from accounts.database import load_queries

QUERIES = Path(accounts.__file__).parent / "sql" / "queries"
USERS_OF = {
    "audit": ("cli/auditing/audit.py", "cli/auditing/auditor.py", "cli/auditing/open_books.py"),
    "engine_rebuild": ("cli/recovery/ledger_state.py",),
}


@pytest.mark.parametrize("name", sorted(path.stem for path in QUERIES.glob("*.sql")))
def test_the_repository_of_a_query_file_uses_exactly_its_queries(name):
    package = Path(accounts.__file__).parent
    users = [package.parent / user for user in USERS_OF.get(name, ())]
    users = users or list(package.rglob(f"{name}_repository.py"))
    source = "".join(user.read_text(encoding="utf-8") for user in users)
    queries = load_queries(name)
    used = {query for query in queries if f'"{query}"' in source}
    assert used == set(queries)
    assert set(re.findall(r'_SQL\["(\w+)"\]', source)) <= set(queries)


def test_no_statement_is_put_together_from_text():
    for path in QUERIES.parent.parent.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\.(?:execute|fetch|fetchrow|fetchval)\(\s*f[\"']", source), path
