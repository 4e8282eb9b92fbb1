#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# Prints a realm for Keycloak to import: realm.pl NAME SP-URL SP-CERTIFICATE ENCRYPT <users. The service is a SAML client whose
# requests must be signed; responses and assertions are signed, and encrypted if ENCRYPT is "true".

use strict;
use warnings;
use JSON::PP;

my ($realm, $sp, $certificate, $encrypt) = @ARGV;
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
        'saml.encrypt'                => $encrypt,
        'saml.encryption.certificate' => $certificate,
        'saml.authnstatement'         => 'true',
        'saml.force.post.binding'     => 'true',
        'saml_force_name_id_format'   => 'true',
        'saml_name_id_format'         => 'email',
        'saml_idp_initiated_sso_url_name'          => 'dashboard',
        'saml_assertion_consumer_url_post'         => "$sp/auth/saml/callback",
        'saml_single_logout_service_url_redirect'  => "$sp/auth/saml/logout",
        'saml_single_logout_service_url_post'      => "$sp/auth/saml/logout",
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
