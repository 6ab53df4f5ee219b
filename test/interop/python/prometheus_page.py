"""Prometheus's own Python parser reads a page of metrics: python prometheus_page.py URL KEY.

Prints one JSON object: each family's type, and its samples as [name, labels, value].
"""

import json
import math
import sys
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

url, key = sys.argv[1:]
request = urllib.request.Request(url, headers={"authorization": f"Bearer {key}"})
with urllib.request.urlopen(request) as response:
    page = response.read().decode()

# JSON has no NaN, which the runtime's metrics have for what was not measured yet.
families = {
    family.name: {
        "type": family.type,
        "samples": [[sample.name, sample.labels, None if math.isnan(sample.value) else sample.value] for sample in family.samples],
    }
    for family in text_string_to_metric_families(page)
}
print(json.dumps(families))
