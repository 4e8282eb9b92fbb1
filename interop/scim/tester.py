# SPDX-License-Identifier: Apache-2.0
"""tester.py URL TOKEN ORIGIN: all checks of scim2-tester against a SCIM service; one JSON object a line for each."""

import json
import sys

from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import check_server
from service import Service


def main():
    with Service(*sys.argv[1:]) as http:
        results = check_server(SyncSCIMClient(http))
    for result in results:
        line = {
            "status": result.status.name,
            "title": result.title or "",
            "type": result.resource_type or "",
            "reason": result.reason or "",
            "data": None if result.data is None else str(result.data)[:2000],
        }
        print(json.dumps(line))


main()
