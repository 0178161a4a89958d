<?php

// Gives the request's body to App\Handler and writes what it returns; the watchdog starts this for each request.

ini_set('display_errors', 'stderr');
ini_set('log_errors', '0');

// What the function prints is held back until it has succeeded: then it comes before what it returned.
ob_start();
register_shutdown_function(function () {
    $error = error_get_last();
    $fatal = E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR;
    while ($error !== null && ($error['type'] & $fatal) && ob_get_level() > 0) {
        ob_end_clean();
    }
});

require __DIR__ . '/function/vendor/autoload.php';

$output = (new App\Handler())->handle(file_get_contents('php://stdin'));
while (ob_get_level() > 0) {
    ob_end_flush();
}
fwrite(STDOUT, $output);
