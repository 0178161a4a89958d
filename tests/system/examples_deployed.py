"""The examples for clusters and machines: their numbers fit together, their files are there, and the programs that read them accept them."""
import json
import os
import re
import subprocess
import urllib.request

import pytest

from caller import until
from examplefiles import read, settings_of
from functions import need
from watchdog import PROGRAMS, ROOT

yaml = pytest.importorskip("yaml", reason="python3-yaml is not installed")


def seconds(text):
    """Of `15`, `15s`, `1m`."""
    number, unit = re.fullmatch(r"(\d+)(s|m|)", str(text)).groups()
    return int(number) * {"s": 1, "m": 60, "": 1}[unit]


def time_to_end(settings):
    """Seconds from SIGTERM to the end at the latest: README, Shutting down."""
    write = seconds(settings.get("write_timeout", "30"))
    return seconds(settings.get("healthcheck_interval", write)) + write * (2 if settings.get("mode") == "http" else 1)


def test_limits_of_kubernetes():
    """A pod has time to drain, probes look at the right place, and pods are added before calls are refused."""
    deployment, service, scaler = yaml.safe_load_all(read("examples", "kubernetes", "function.yaml"))
    pod = deployment["spec"]["template"]
    [container] = pod["spec"]["containers"]
    settings = {entry["name"]: entry["value"] for entry in container["env"]}
    assert all(isinstance(value, str) for value in settings.values())
    grace = pod["spec"]["terminationGracePeriodSeconds"]
    assert grace > time_to_end(settings)
    assert seconds(settings["exec_timeout"]) < seconds(settings["write_timeout"])
    ready, alive = container["readinessProbe"], container["livenessProbe"]
    assert (ready["httpGet"]["path"], alive["httpGet"]["path"]) == ("/_/ready", "/_/health")
    assert ready["periodSeconds"] * ready["failureThreshold"] < seconds(settings["healthcheck_interval"])
    assert alive["periodSeconds"] * alive["failureThreshold"] > grace
    ports = {entry["name"]: entry["containerPort"] for entry in container["ports"]}
    assert ports == {"http": 8080, "metrics": 8081} and pod["metadata"]["annotations"]["prometheus.io/port"] == "8081"
    assert {ready["httpGet"]["port"], alive["httpGet"]["port"], service["spec"]["ports"][0]["targetPort"]} == {"http"}
    assert container["securityContext"]["readOnlyRootFilesystem"] is True and settings["suppress_lock"] == "true"
    labels = pod["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == service["spec"]["selector"] == labels
    target = scaler["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == (deployment["kind"], deployment["metadata"]["name"])
    [calls] = [metric["pods"] for metric in scaler["spec"]["metrics"] if metric["type"] == "Pods"]
    assert calls["metric"]["name"] == "http_requests_in_flight"
    assert int(calls["target"]["averageValue"]) < int(settings["max_inflight"])


def test_settings_of_kubernetes(classic):
    """The watchdog takes them without a warning, and the shell function answers with them."""
    [container] = next(yaml.safe_load_all(read("examples", "kubernetes", "function.yaml")))["spec"]["template"]["spec"]["containers"]
    settings = {entry["name"]: entry["value"] for entry in container["env"]}
    watchdog = classic(**settings_of(read("examples", "shell", "Dockerfile")), **settings)
    assert watchdog.post(body=b"hello").text == "HELLO"
    assert [line for line in watchdog.lines() if "arning" in line and "suppress_lock" not in line] == []


def test_compose():
    """Its files are there, its containers have time to drain."""
    folder = os.path.join(ROOT, "examples", "compose")
    services = yaml.safe_load(read("examples", "compose", "compose.yaml"))["services"]
    host_ports = [entry.split(":")[1] for service in services.values() for entry in service["ports"]]
    assert len(set(host_ports)) == len(services) == 3
    for service in services.values():
        for volume in service.get("volumes", []):
            assert os.path.isfile(os.path.join(folder, volume.split(":")[0]))
        if "build" in service:
            dockerfile = os.path.join(folder, service["build"]["context"], service["build"]["dockerfile"])
            with open(dockerfile, encoding="utf-8") as file:
                settings = {**settings_of(file.read()), **service["environment"]}
            assert seconds(service["stop_grace_period"]) > time_to_end(settings)
    scraped = yaml.safe_load(read("examples", "prometheus", "prometheus.yml"))["scrape_configs"][0]["static_configs"][0]["targets"]
    assert scraped == [name + ":8081" for name, service in services.items() if "build" in service]


@pytest.mark.parametrize("path", ["prometheus/prometheus.yml", "kubernetes/prometheus.yml"])
def test_prometheus_configuration(house, path):
    """promtool accepts it. Debian's does not know Kubernetes: there stands something else in the place where pods are found."""
    need("promtool")
    config = yaml.safe_load(read("examples", path))
    for job in config["scrape_configs"]:
        if job.pop("kubernetes_sd_configs", None) == [{"role": "pod"}]:
            job["static_configs"] = [{"targets": ["a-pod:8081"]}]
    house.write("prometheus.yml", yaml.safe_dump(config))
    done = subprocess.run(["promtool", "check", "config", house.path("prometheus.yml")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "SUCCESS" in done.stdout, done.stdout + done.stderr


def test_metrics_are_clean(server):
    """promtool has nothing to say against them."""
    need("promtool")
    watchdog = server()
    for method in ("GET", "POST", "PURGE"):
        watchdog.call(method)
    done = subprocess.run(["promtool", "check", "metrics"], input=watchdog.scrape().body, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def asked(port, query):
    """The values that a Prometheus has, by program; none before it serves."""
    try:
        with urllib.request.urlopen("http://127.0.0.1:%d/api/v1/query?query=%s" % (port, query), timeout=20) as answer:
            result = json.load(answer)["data"]["result"]
    except OSError:
        return {}
    return {entry["metric"]["instance"]: float(entry["value"][1]) for entry in result}


def test_prometheus_scrapes_both_programs(house, classic, streaming):
    """A real one, with the configuration of the example; only addresses and pace are others."""
    need("prometheus")
    watchdogs = {"shout:8081": classic(), "hello-node:8081": streaming()}
    text = read("examples", "prometheus", "prometheus.yml").replace("5s", "1s")
    for count, (target, watchdog) in enumerate(watchdogs.items(), 1):
        assert text.count(target) == 1
        text = text.replace(target, "127.0.0.1:%d" % watchdog.metrics_port)
        for _ in range(count):
            assert watchdog.post().status == 200
    house.write("prometheus.yml", text)
    port = house.free_port()
    with open(house.path("prometheus.log"), "wb") as log:
        prometheus = subprocess.Popen(["prometheus", "--config.file=" + house.path("prometheus.yml"), "--storage.tsdb.path=" + house.path("tsdb"),
                                       "--web.listen-address=127.0.0.1:%d" % port], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        expected = {"127.0.0.1:%d" % watchdog.metrics_port: count for count, watchdog in enumerate(watchdogs.values(), 1)}
        until(lambda: asked(port, "http_requests_total") == expected, "Prometheus has the calls of both")
        assert asked(port, "up") == dict.fromkeys(expected, 1)
        assert asked(port, "http_requests_in_flight") == dict.fromkeys(expected, 0)
        assert asked(port, "sum+by(instance)(http_request_duration_seconds_count)") == expected
    except AssertionError as failure:
        raise AssertionError("%s\n%s" % (failure, house.read("prometheus.log").decode()[-3000:])) from failure
    finally:
        prometheus.kill()
        prometheus.wait()


def test_systemd_unit(house):
    """systemd-analyze has nothing to say against it; there is time to drain."""
    need("systemd-analyze")
    unit = read("examples", "systemd", "fwatchdog@.service")
    environment = dict(line.split("=", 1) for line in read("examples", "systemd", "shout.env").splitlines())
    assert seconds(re.search(r"^TimeoutStopSec=(.+)$", unit, re.M).group(1)) > time_to_end({**environment, "mode": "http"})
    assert unit.count("ExecStart=/usr/local/bin/fwatchdog\n") == 1
    house.write("fwatchdog@.service", unit.replace("/usr/local/bin/fwatchdog", PROGRAMS["classic"]))
    os.symlink("fwatchdog@.service", house.path("fwatchdog@shout.service"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", house.path("fwatchdog@shout.service")], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_environment_of_the_systemd_unit(classic):
    """As systemd reads it: quotes around a value are its own."""
    lines = dict(line.split("=", 1) for line in read("examples", "systemd", "shout.env").splitlines())
    settings = {name: value.strip('"') for name, value in lines.items() if not name.endswith("port")}
    assert classic(**settings).post(body=b"hello").text == "HELLO"


def test_dashboard_of_grafana():
    """Each metric that its panels ask for is one that README's table has, and each query names the job and the instance."""
    dashboard = json.loads(read("examples", "grafana", "dashboard.json"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    known = set(re.findall(r"`((?:http|process|fwatchdog)_\w+)`", read("README.md")))
    assert len(queries) > 20
    for query in queries:
        names = set(re.findall(r"\b(?:http|process|fwatchdog)_\w+", query))
        assert names and {re.sub("_bucket$", "", name) for name in names} <= known, query
        assert query.count('job=~"$job",instance=~"$instance"') == len(re.findall(r"\b(?:http|process|fwatchdog)_\w+\{", query))
