<?php

// SPDX-License-Identifier: Apache-2.0
//
// Configuration of the IdP that `start` runs. What differs from run to run comes in the environment.

$work = getenv('BRAZE_IDP_WORK');
$https = str_starts_with(getenv('BRAZE_IDP_BASE'), 'https:');

$config = [
    'baseurlpath' => getenv('BRAZE_IDP_BASE') . '/',
    'certdir' => $work . '/cert/',
    'loggingdir' => $work . '/log/',
    'datadir' => $work . '/data/',
    'tempdir' => $work . '/tmp',
    'metadatadir' => $work . '/config/metadata/',
    'attributenamemapdir' => '/etc/simplesamlphp/attributemap/',
    'technicalcontact_name' => 'Nobody',
    'technicalcontact_email' => 'nobody@example.test',
    'timezone' => 'UTC',

    // Made at each start, and of no use elsewhere: this IdP listens on loopback and knows only made-up people.
    'secretsalt' => trim(file_get_contents($work . '/cert/salt')),
    'auth.adminpassword' => bin2hex(random_bytes(16)),
    'admin.checkforupdates' => false,
    'trusted.url.domains' => null,

    'showerrors' => true,
    'errorreporting' => false,
    'logging.level' => SimpleSAML\Logger::NOTICE,
    'logging.handler' => 'file',
    'logging.logfile' => 'idp.log',

    'enable.saml20-idp' => true,
    'module.enable' => ['core' => true, 'saml' => true, 'exampleauth' => true],

    // Over plain http a Secure cookie would not come back; over https they are as its own template has them.
    'session.cookie.secure' => $https,
    'session.cookie.samesite' => $https ? 'None' : null,
    'session.phpsession.cookiename' => 'BrazeTestIdP',
    'session.phpsession.savepath' => $work . '/sessions',
    'language.cookie.secure' => $https,
    'language.cookie.samesite' => $https ? 'None' : null,

    'language.available' => ['en'],
    'language.default' => 'en',
    'theme.use' => 'default',
    'production' => true,

    'metadata.sources' => [['type' => 'flatfile']],
    'store.type' => 'phpsession',
];
