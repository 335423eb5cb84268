# SPDX-License-Identifier: Apache-2.0
"""parleyctl doctor on installations that are fine, and on broken ones."""
import resource

from bed import PARLEYCTL, Server, certificate, equal, json, os, run, want


def examine(server):
    """(grade, {check: its worst grade})"""
    code, out, err = run(PARLEYCTL, "--config", server.config, "doctor", "--json")
    equal((code, err), (0, ""))
    answer, worst = json.loads(out), {}
    for row in answer["checks"]:
        worst[row["check"]] = max(worst.get(row["check"], "A"), row["grade"])
        want(bool(row["advice"]) == (row["grade"] != "A") and row["found"], f"a finding without words: {row}")
    equal(answer["grade"], max(worst.values()), "the grade is that of the worst finding")
    return answer["grade"], worst


def expired(folder, name):
    """A self-signed certificate of the past: (path of certificate, path of key)."""
    key = certificate(folder, "past", name)[1]
    cert, request, config = (os.path.join(folder, "past." + word) for word in ("crt", "csr", "cnf"))
    with open(config, "w", encoding="ascii") as file:
        file.write(f"[ca]\ndefault_ca=d\n[d]\ndatabase={folder}/index\nserial={folder}/serial\nnew_certs_dir={folder}\ndefault_md=sha256\n"
                   f"policy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=DNS:{name}\n")
    for word, text in (("index", ""), ("serial", "01\n")):
        with open(os.path.join(folder, word), "w", encoding="ascii") as file:
            file.write(text)
    for words in (("req", "-new", "-key", key, "-out", request, "-subj", f"/CN={name}"),
                  ("ca", "-batch", "-selfsign", "-config", config, "-keyfile", key, "-in", request, "-out", cert, "-notext",
                   "-startdate", "20200101000000Z", "-enddate", "20200201000000Z")):
        code, _, text = run("openssl", *words)
        equal(code, 0, text)
    return cert, key


def check_backup_age():
    """without a backup, and with one from long ago, it asks for one; a fresh one is fine"""
    with Server() as server:
        equal(examine(server)[1]["backup"], "C")
        equal(run(PARLEYCTL, "--config", server.config, "backup", os.path.join(server.home, "copy"))[0], 0)
        equal(examine(server)[1]["backup"], "A")
        with open(os.path.join(server.home, "data/last-backup"), "w", encoding="ascii") as file:
            file.write("1000000000000000 /somewhere\n")
        equal(examine(server)[1]["backup"], "C")


def check_certificates():
    """a certificate of another name, and one that has expired or soon will, are found"""
    rows = [("other.example", ("-days", "30"), "F", "A"), ("chat.example", ("-days", "30"), "A", "A"),
            ("chat.example", ("-days", "5"), "A", "C"), ("chat.example", None, "A", "F")]
    for i, (name, days, by_name, by_date) in enumerate(rows):
        with Server(is_started=False, domain="chat.example") as server:
            cert, key = certificate(server.home, f"c{i}", name, extra=days) if days else expired(server.home, name)
            server.set_config(f'tls = {{ certificate = "{cert}"; key = "{key}"; }};')
            server.start()
            _, worst = examine(server)
            equal((worst["certificate-name"], worst["certificate-date"]), (by_name, by_date), f"{name} {days}")


def check_rights():
    """secrets that others may read are found"""
    with Server() as server:
        equal(examine(server)[1]["rights"], "A")
        os.chmod(os.path.join(server.home, "data/secrets"), 0o640)
        grade, worst = examine(server)
        equal((grade, worst["rights"]), ("F", "F"))


def check_descriptors():
    """fewer descriptors than connections are found"""
    with Server("limits = { connections = 500; };") as server:
        equal(examine(server)[1]["descriptors"], "A")
        _, hard = resource.prlimit(server.child.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.child.pid, resource.RLIMIT_NOFILE, (300, hard))
        equal(examine(server)[1]["descriptors"], "C")


def check_registration():
    """open registration is told"""
    with Server("registration = { open = true; };") as server:
        equal(examine(server)[1]["registration"], "B")
