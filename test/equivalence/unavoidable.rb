# frozen_string_literal: true

# What a program can notice of a recorder and that cannot be helped: nothing else is forgiven.
#
# Used by EquivalenceTest. Each has its row in doc/recording.md ("What the program can notice").
module Unavoidable
  # row of a table → recorder → what differs
  ALL = {
    # The pipe whose closing tells the writer the program's end, at the top of the range.
    "16 descriptors" => { native: [:out], command: [:out] },
    "descriptors run out" => { native: [:out], command: [:out] },
    # Hooks in Ruby need stack, and may be where it overflows.
    "stack overflow uncaught" => { pure: [:err] },
    # Methods that it replaces are Ruby methods; before Ruby 3.4 backtraces show their frames.
    "at_exit" => { pure: [:err] },
    "crash" => { pure: [:err] },
    "uncaught throw" => { pure: [:err] }
  }.freeze

  # Where it is the compiler's parser Prism is loaded for --expressions, and stays.
  WITH_EXPRESSIONS = RUBY_VERSION < "3.4" ? {}.freeze : { "disable gems" => [:out] }.freeze

  def self.of(row, recorder, mode)
    (ALL.dig(row, recorder) || []) + (mode.empty? ? [] : WITH_EXPRESSIONS.fetch(row, []))
  end
end
