#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# Prints a realm for Keycloak to import: realm.pl NAME SP-URL SP-CERTIFICATE <users. The service is a SAML client whose
# requests must be signed; responses and assertions are signed. What else the realms do is in the table below.

use strict;
use warnings;
use JSON::PP;

my ($realm, $sp, $certificate) = @ARGV;
my %differs = (
    people => {},
    sealed => {
        'saml.encrypt' => 'true',
        'saml.encryption.algorithm'    => 'http://www.w3.org/2001/04/xmlenc#aes128-cbc',
        'saml.encryption.keyAlgorithm' => 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
        'saml.encryption.digestMethod' => 'http://www.w3.org/2001/04/xmlenc#sha256',
    },
    'sealed-gcm' => {
        'saml.encrypt' => 'true',
        'saml.encryption.algorithm'              => 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
        'saml.encryption.keyAlgorithm'           => 'http://www.w3.org/2009/xmlenc11#rsa-oaep',
        'saml.encryption.digestMethod'           => 'http://www.w3.org/2001/04/xmlenc#sha256',
        'saml.encryption.maskGenerationFunction' => 'http://www.w3.org/2009/xmlenc11#mgf1sha256',
    },
    artifact => {
        'saml.artifact.binding' => 'true', 'saml.force.post.binding' => 'false',
        'saml_artifact_binding_url' => "$sp/auth/saml/callback",
    },
);
die "no realm $realm\n" if !$differs{$realm};
my @users = map { chomp; [ split /:/, $_, 4 ] } <STDIN>;

sub mapper {
    my ($property, $name) = @_;
    return {
        name => $name, protocol => 'saml', protocolMapper => 'saml-user-property-mapper',
        config => { 'user.attribute' => $property, 'attribute.name' => $name, 'attribute.nameformat' => 'Basic' },
    };
}

my %client = (
    clientId => 'braze_dashboard', protocol => 'saml', enabled => JSON::PP::true, frontchannelLogout => JSON::PP::true,
    redirectUris    => ["$sp/*"],
    fullScopeAllowed => JSON::PP::true,
    attributes => {
        'saml.assertion.signature'    => 'true',
        'saml.server.signature'       => 'true',
        'saml.client.signature'       => 'true',
        'saml.signature.algorithm'    => 'RSA_SHA256',
        'saml.signing.certificate'    => $certificate,
        'saml.encrypt'                => 'false',
        'saml.encryption.certificate' => $certificate,
        'saml.authnstatement'         => 'true',
        'saml.force.post.binding'     => 'true',
        'saml_force_name_id_format'   => 'true',
        'saml_name_id_format'         => 'email',
        'saml_idp_initiated_sso_url_name'          => 'dashboard',
        'saml_assertion_consumer_url_post'         => "$sp/auth/saml/callback",
        'saml_single_logout_service_url_redirect'  => "$sp/auth/saml/logout",
        'saml_single_logout_service_url_post'      => "$sp/auth/saml/logout",
        %{ $differs{$realm} },
    },
    protocolMappers => [ mapper(email => 'email'), mapper(firstName => 'first_name'), mapper(lastName => 'last_name') ],
);

print JSON::PP->new->canonical->pretty->encode({
    realm => $realm, enabled => JSON::PP::true, sslRequired => 'external', registrationAllowed => JSON::PP::false,
    clients => [ \%client ],
    users   => [ map { {
        username => $_->[0], email => $_->[0], firstName => $_->[2], lastName => $_->[3], enabled => JSON::PP::true,
        emailVerified => JSON::PP::true, credentials => [ { type => 'password', value => $_->[1], temporary => JSON::PP::false } ],
    } } @users ],
});
