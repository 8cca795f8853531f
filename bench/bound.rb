# frozen_string_literal: true

# A figure beside what it may be at most, in a line: met or missed.
#
# Used by all parts of RESULTS.md, which gathers what is missed by the last word.
module Bench
  module Bound
    MISSED = "MISSED"

    module_function

    # nil where there is no figure.
    def line(what, figure, max, unit = nil)
      return "#{what}: not measured\n" if figure.nil?

      shown = [figure.round(figure.abs < 10 ? 2 : 1), unit].compact.join(" ")
      "#{what}: #{shown} #{verdict(figure, max, unit)}\n"
    end

    def verdict(figure, max, unit = nil)
      "(at most #{[max, unit].compact.join(' ')}) #{figure <= max ? 'ok' : MISSED}"
    end
  end
end
