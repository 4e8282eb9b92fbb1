<?php

// SPDX-License-Identifier: Apache-2.0
//
// The people whom the IdP knows: one `address:password:first name:last name` a line in $WORK/users.

$people = ['exampleauth:UserPass'];
foreach (file(getenv('BRAZE_IDP_WORK') . '/users', FILE_IGNORE_NEW_LINES | FILE_SKIP_EMPTY_LINES) as $line) {
    [$address, $password, $first, $last] = array_pad(explode(':', $line, 4), 4, '');
    $people[$address . ':' . $password] = [
        'email' => [$address],
        'first_name' => [$first],
        'last_name' => [$last],
    ];
}

$config = ['people' => $people];
