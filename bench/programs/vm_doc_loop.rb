# frozen_string_literal: true

# Trial division of one number by all below its half, in one method without a call.
#
# 640,000 line events: two each time round.
require_relative "../measure"

LINE_COUNT = 640_000

def run(n, lim)
  i = 2
  while i <= lim
    if n % i == 0
      break
    end
    i += 1
  end
  i
end

Measure.section(line_count: LINE_COUNT) { run(640_007, 319_999) } # 640,007 is a prime
