# frozen_string_literal: true

# Runs the rules over the tree, and the tests of the rules: ruby test/tidy/run.rb [options]
#
# `make tidy` calls it; options are minitest's. Findings are printed as path:line: what.
require "minitest"

Dir[File.join(__dir__, "*_test.rb")].sort.each { |file| require file }
exit Minitest.run(ARGV)
