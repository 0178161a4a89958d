# Runs the function's Minitest tests: each file whose name ends in _test.rb. None is no error.
folder = File.join(__dir__, "function")
$LOAD_PATH.unshift(folder)
Dir.glob("#{folder}/**/*_test.rb").reject { |path| path.include?("/vendor/") }.sort.each { |path| require path }
