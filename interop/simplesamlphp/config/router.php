<?php

// SPDX-License-Identifier: Apache-2.0
//
// PHP's own server does not split /module.php/core/login.php into script and PATH_INFO: this does. It knows no https,
// either: that somebody before it speaks it is said here.

$root = $_SERVER['DOCUMENT_ROOT'];
$path = rawurldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));

if (!preg_match('#^(/[a-z0-9_/-]+\.php)(/.*)?$#i', $path, $part) || !is_file($root . $part[1])) {
    return false;
}
$_SERVER['SCRIPT_NAME'] = $part[1];
$_SERVER['SCRIPT_FILENAME'] = $root . $part[1];
$_SERVER['PHP_SELF'] = $path;
if (isset($part[2])) {
    $_SERVER['PATH_INFO'] = $part[2];
} else {
    unset($_SERVER['PATH_INFO']);
}
chdir(dirname($_SERVER['SCRIPT_FILENAME']));
if (str_starts_with(getenv('BRAZE_IDP_BASE'), 'https:')) {
    $_SERVER['HTTPS'] = 'on';
}
require $_SERVER['SCRIPT_FILENAME'];
