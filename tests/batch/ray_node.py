"""Another node for a cluster on this machine, with a disk of its own where HIDDEN lies: run by test_cluster.

    python ray_node.py GCS_ADDRESS [HIDDEN]

`ray start` cannot be used: it takes no loopback address for another node's.
"""

from __future__ import annotations

import subprocess
import sys
import time

from ray._private.node import Node
from ray._private.parameter import RayParams

if __name__ == "__main__":
    if len(sys.argv) > 2:  # inside a mount namespace of its own (unshare)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", sys.argv[2]], check=True)
    Node(
        RayParams(
            gcs_address=sys.argv[1],
            num_cpus=2,
            num_gpus=0,
            object_store_memory=80 << 20,
            include_log_monitor=False,
            node_manager_port=0,
            dashboard_agent_listen_port=None,
            min_worker_port=0,
            max_worker_port=0,
        ),
        head=False,
        shutdown_at_exit=True,
        spawn_reaper=False,
    )
    sys.stdout.write("up\n")
    sys.stdout.flush()
    while True:
        time.sleep(60)
