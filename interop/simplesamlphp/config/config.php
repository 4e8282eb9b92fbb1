<?php

// SPDX-License-Identifier: Apache-2.0
//
// Configuration of the IdP that `start` runs. What differs from run to run comes in the environment.

$work = getenv('BRAZE_IDP_WORK');

$config = [
    'baseurlpath' => 'http://127.0.0.1:' . getenv('BRAZE_IDP_PORT') . '/',
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

    // Plain http on loopback: a Secure cookie would not come back.
    'session.cookie.secure' => false,
    'session.cookie.samesite' => null,
    'session.phpsession.cookiename' => 'BrazeTestIdP',
    'session.phpsession.savepath' => $work . '/sessions',
    'language.cookie.secure' => false,
    'language.cookie.samesite' => null,

    'language.available' => ['en'],
    'language.default' => 'en',
    'theme.use' => 'default',
    'production' => true,

    'metadata.sources' => [['type' => 'flatfile']],
    'store.type' => 'phpsession',
];
