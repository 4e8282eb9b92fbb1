# SPDX-License-Identifier: Apache-2.0
"""The two SAML modules that Debian ships, set up to take the same responses as ours."""

import os
import subprocess

import httpd
import rig as r

AUDIENCE = "braze_dashboard"


class Mellon:
    """mod_auth_mellon. It reads the system's CA bundle at every login: the empty store keeps the comparison fair."""

    name = "mellon"
    title = "mod_auth_mellon"
    acs_path = "/mellon/postResponse"
    acs = f"http://{httpd.HOST}{acs_path}"
    signed_in = ("303+",)
    env = {"SSL_CERT_FILE": "/dev/null", "SSL_CERT_DIR": "/nonexistent"}

    CONF = """
MellonCacheSize 20000
MellonCacheEntrySize 65536
MellonLockFile "{root}/mellon.lock"
<Location "/">
    MellonEndpointPath /mellon
    MellonSPPrivateKeyFile "{root}/sp-key.pem"
    MellonSPCertFile "{root}/sp-cert.pem"
    MellonSPMetadataFile "{root}/sp.xml"
    MellonIdPMetadataFile "{idp}"
    MellonUser email
    MellonSecureCookie Off
    MellonEnable info
</Location>
<Location "/open">
    MellonEnable off
</Location>
<Location "/closed">
    AuthType Mellon
    MellonEnable auth
    Require valid-user
</Location>
"""

    METADATA = """\
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity}">
  <SPSSODescriptor AuthnRequestsSigned="false" WantAssertionsSigned="true"
                   protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <AssertionConsumerService index="0" isDefault="true"
        Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{acs}"/>
  </SPSSODescriptor>
</EntityDescriptor>
"""

    def __init__(self, rig, signer, children):
        self.rig = rig
        root = rig.folder(self.name)
        _sp_key(rig, self.name)
        rig.write(f"{self.name}/sp.xml", self.METADATA.format(entity=AUDIENCE, acs=self.acs))
        self.server = httpd.Httpd(rig, self.name, self.CONF.format(root=root, idp=signer.metadata),
                                  modules=["auth_mellon"], env=self.env, children=children)

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop()

    def roots(self):
        return [self.server.pid]


class Shibboleth:
    """mod_shib and its daemon, with sockets, logs and configuration in the work folder."""

    name = "shib"
    title = "Shibboleth SP"
    acs_path = "/Shibboleth.sso/SAML2/POST"
    acs = f"http://{httpd.HOST}{acs_path}"
    signed_in = ("302+",)
    ETC = "/etc/shibboleth"

    CONF = """
ShibConfig "{root}/shibboleth2.xml"
ShibCompatValidUser Off
<Location "/open">
    AuthType None
    Require all granted
</Location>
<Location "/closed">
    AuthType shibboleth
    ShibRequestSetting requireSession 1
    Require shib-session
</Location>
"""

    # clockSkew: the responses were signed up to half a day before.
    CONFIG = """\
<SPConfig xmlns="urn:mace:shibboleth:3.0:native:sp:config" clockSkew="86400"
          logger="{root}/shibd.logger">
  <OutOfProcess logger="{root}/shibd.logger"/>
  <InProcess logger="{root}/native.logger"/>
  <UnixListener address="{root}/shibd.sock"/>
  <ApplicationDefaults entityID="{entity}" REMOTE_USER="email">
    <Sessions lifetime="28800" timeout="3600" relayState="ss:mem" checkAddress="false" handlerSSL="false"
              cookieProps="http" redirectLimit="exact">
      <SSO entityID="{idp}">SAML2</SSO>
    </Sessions>
    <Errors supportContact="nobody@bench.test"/>
    <MetadataProvider type="XML" validate="false" path="{metadata}"/>
    <AttributeExtractor type="XML" validate="false" reloadChanges="false" path="{root}/attribute-map.xml"/>
    <AttributeFilter type="XML" validate="false" path="{etc}/attribute-policy.xml"/>
    <CredentialResolver type="File" key="{root}/sp-key.pem" certificate="{root}/sp-cert.pem"/>
  </ApplicationDefaults>
  <SecurityPolicyProvider type="XML" validate="false" path="{etc}/security-policy.xml"/>
  <ProtocolProvider type="XML" validate="false" reloadChanges="false" path="{etc}/protocols.xml"/>
</SPConfig>
"""

    MAP = """\
<Attributes xmlns="urn:mace:shibboleth:2.0:attribute-map">
  <Attribute name="email" nameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic" id="email"/>
  <Attribute name="first_name" nameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic" id="first_name"/>
  <Attribute name="last_name" nameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic" id="last_name"/>
</Attributes>
"""

    LOGGER = """\
log4j.rootCategory=WARN, file
log4j.appender.file=org.apache.log4j.FileAppender
log4j.appender.file.fileName={file}
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=%d{{%Y-%m-%d %H:%M:%S}} %p %c: %m%n
"""

    def __init__(self, rig, signer, children):
        import responses
        self.rig, self.daemon = rig, None
        root = self.root = rig.folder(self.name)
        _sp_key(rig, self.name)
        rig.write(f"{self.name}/attribute-map.xml", self.MAP)
        for name in ("shibd", "native"):
            rig.write(f"{self.name}/{name}.logger", self.LOGGER.format(file=f"{root}/{name}.log"))
        rig.write(f"{self.name}/shibboleth2.xml", self.CONFIG.format(
            root=root, entity=AUDIENCE, idp=responses.IDP, metadata=signer.metadata, etc=self.ETC))
        self.server = httpd.Httpd(rig, self.name, self.CONF.format(root=root), modules=["shib"], children=children)

    def __enter__(self):
        pid_file, socket = os.path.join(self.root, "shibd.pid"), os.path.join(self.root, "shibd.sock")
        for stale in (pid_file, socket):
            if os.path.exists(stale):
                os.unlink(stale)
        with open(os.path.join(self.root, "shibd.out"), "w") as out:
            self.daemon = subprocess.Popen(
                self.rig.command("shibd", "-F", "-f", "-c", f"{self.root}/shibboleth2.xml", "-p", pid_file),
                stdout=out, stderr=out, cwd=self.root)
        try:
            r.wait_for(lambda: os.path.exists(socket), f"shibd, see {self.root}/shibd.out")
            self.server.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.server.stop()
        self.daemon.terminate()
        self.daemon.wait(20)

    def roots(self):
        return [self.server.pid, self.daemon.pid]


def _sp_key(rig, name):
    if os.path.exists(rig.path(name, "sp-cert.pem")):
        return
    rig.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "60", "-subj",
            "/CN=bench service", "-keyout", rig.path(name, "sp-key.pem"), "-out", rig.path(name, "sp-cert.pem"))
