# warn of many lines, of a category, with a place, into a replaced $stderr; Warning.warn replaced.
require "stringio"

warn "plain"
warn "two\nlines", "and a third"
warn
warn nil
warn "placed", uplevel: 0
Warning.warn("direct\n")
Warning[:experimental] = false
warn "never shown", category: :experimental if RUBY_VERSION >= "3.0"
errors = $stderr
$stderr = StringIO.new
warn "into the string"
$stderr = errors

Warning.define_singleton_method(:warn) { |message, *| $stdout.write("caught #{message}") }
warn "by hand"
verbose = $VERBOSE
$VERBOSE = nil
warn "silent"
$VERBOSE = verbose
