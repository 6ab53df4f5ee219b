"""How the clients here report: each scenario is a function, and what it returns is printed as one line of JSON.

A scenario that raises reports what it raised, and the others run all the same.
"""

import json
import traceback
from collections.abc import Callable, Mapping
from typing import Any

Scenario = Callable[[], Mapping[str, Any]]


def run(scenarios: Mapping[str, Scenario]) -> None:
    for name, scenario in scenarios.items():
        line: dict[str, Any] = {"scenario": name}
        try:
            line["found"] = scenario()
        except Exception:
            line["raised"] = traceback.format_exc()
        print(json.dumps(line), flush=True)
