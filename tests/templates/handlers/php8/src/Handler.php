<?php

namespace App;

if (getenv('LOADED') !== false) {
    file_put_contents(getenv('LOADED'), getmypid() . "\n", FILE_APPEND);
}

class Handler
{
    public function handle(string $data): string
    {
        $path = getenv('Http_Path');
        if ($path === false) {
            return "$data by " . getmypid();
        }
        if (str_starts_with($path, '/seen')) {
            return implode("\n", [getenv('Http_Method'), $path, getenv('Http_Query') ?: '', getenv('Http_X_Mine') ?: '']);
        }
        if ($path === '/fails') {
            echo 'printed before it fails';
            $this->innermost();
        }
        if ($path === '/greets') {
            return \hello();
        }
        if ($path === '/prints') {
            echo 'printed ';
            trigger_error('a warning', E_USER_WARNING);
            return 'returned';
        }
        if ($path === '/exits') {
            echo 'printed';
            exit(0);
        }
        if ($path === '/exhausts') {
            echo 'printed';
            return str_repeat('x', PHP_INT_MAX - 1000);
        }
        if ($path === '/held') {
            return fgets(fopen(getenv('Http_Query'), 'r'));
        }
        return $data;
    }

    private function innermost()
    {
        throw new \RuntimeException('no such luck');
    }
}
