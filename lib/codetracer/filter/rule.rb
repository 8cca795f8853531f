# frozen_string_literal: true

# One rule of a filter, and one of its patterns for values.
#
# Made by FilterFile and ShortForms, put in order by Rules.
module CodeTracer
  module Filter
    # `action` is "allow", "redact" or "drop".
    ValuePattern = Struct.new(:selector, :action, :reason)

    class Rule
      attr_reader :selector, :place
      attr_accessor :exec, :value_default, :value_patterns, :reason

      # `exec` and `value_default` are nil where the rule leaves them as they are; `place` is a
      # Place, or the words of the command line.
      def initialize(selector, place)
        @selector, @place = selector, place
        @value_patterns = []
      end
    end
  end
end
