# frozen_string_literal: true

# Tests that do not hold yet on another Ruby: each is a counted skip until somebody mends it.
#
# Used by run.rb. pending.txt has a line each: the Ruby that runs the tests, then Class#test. Those
# on JRuby and WebAssembly are run by the Ruby 3.1 beside it.
module Pending
  NAMES = File.readlines(File.join(__dir__, "pending.txt"), chomp: true)
              .map { |line| line.split(" ", 2) }
              .select { |version, _| RUBY_VERSION.start_with?("#{version}.") }
              .map(&:last).freeze

  def after_setup
    super
    test = "#{self.class}##{name}"
    skip "does not hold on Ruby #{RUBY_VERSION} yet" if NAMES.include?(test)
  end
end
