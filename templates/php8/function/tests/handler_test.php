<?php

require __DIR__ . '/../vendor/autoload.php';

$answer = (new App\Handler())->handle('Ada');
if ($answer !== "Hello, Ada!\n") {
    fwrite(STDERR, "got: $answer");
    exit(1);
}
echo "1 test passed\n";
