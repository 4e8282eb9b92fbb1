<?php

// SPDX-License-Identifier: Apache-2.0

$metadata[getenv('BRAZE_IDP_SP')] = [
    'AssertionConsumerService' => getenv('BRAZE_IDP_ACS'),
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
    'saml20.sign.assertion' => true,
    'saml20.sign.response' => getenv('BRAZE_IDP_SIGN_RESPONSE') === '1',
];
if (getenv('BRAZE_IDP_SLO') !== '') {
    $metadata[getenv('BRAZE_IDP_SP')]['SingleLogoutService'] = getenv('BRAZE_IDP_SLO');
}
if (getenv('BRAZE_IDP_SP_CERT') !== '') {
    $metadata[getenv('BRAZE_IDP_SP')] += [
        'certificate' => getenv('BRAZE_IDP_SP_CERT'),
        'validate.authnrequest' => true,
        'validate.logout' => true,
        'sign.logout' => true,
        'redirect.sign' => true,
    ];
}
if (getenv('BRAZE_IDP_ENCRYPT') === '1') {
    $metadata[getenv('BRAZE_IDP_SP')]['assertion.encryption'] = true;
}
if (getenv('BRAZE_IDP_ENCRYPT_NAME') === '1') {
    $metadata[getenv('BRAZE_IDP_SP')]['nameid.encryption'] = true;
}
