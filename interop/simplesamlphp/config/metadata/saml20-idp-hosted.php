<?php

// SPDX-License-Identifier: Apache-2.0

$id = getenv('BRAZE_IDP_BASE') . '/saml2/idp/metadata.php';
$metadata[$id] = [
    'host' => '__DEFAULT__',
    'privatekey' => 'idp.key',
    'certificate' => 'idp.crt',
    'auth' => 'people',
    'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'attributes.NameFormat' => 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic',
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
    'authproc' => [
        10 => [
            'class' => 'saml:AttributeNameID',
            'attribute' => 'email',
            'Format' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
        ],
    ],
];
if (getenv('BRAZE_IDP_NAME') !== '') {
    $metadata[$id]['UIInfo'] = ['DisplayName' => ['en' => getenv('BRAZE_IDP_NAME')]];
}
