# frozen_string_literal: true

# Numbers and sizes on the command line.
#
# Included by what reads options.
require_relative "usage_error"

module CodeTracer
  module OptionValues
    SIZE_UNITS = { "" => 1, "K" => 1 << 10, "M" => 1 << 20, "G" => 1 << 30 }.freeze

    private

    def size(text, option)
      digits, unit = text.match(/\A(\d+)([KMG]?)\z/i)&.captures
      raise UsageError, "#{option}: #{text} is no size, write 64M for example" unless digits

      digits.to_i * SIZE_UNITS[unit.upcase]
    end

    def bounded(text, range, option:)
      number = /\A\d+\z/.match?(text.to_s) ? text.to_i : nil
      return number if number && range.cover?(number)

      raise UsageError, "#{option}: a number from #{range.min} to #{range.max}"
    end
  end
end
