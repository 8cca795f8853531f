# frozen_string_literal: true

# Primes by trial division, counted up to the first argument: 2,389 (44,015 line events) unless
# told otherwise; 18,814 (632,000) is the long form.
#
# The second argument says how many line events that makes.
require_relative "../measure"

LIMIT = Integer(ARGV.fetch(0, "2389"))
LINE_COUNT = Integer(ARGV.fetch(1, "44015"))

def prime?(number)
  i = 2
  while i * i <= number
    if number % i == 0
      return false
    end
    i += 1
  end
  true
end

def run(limit)
  count = 0
  number = 2
  while number <= limit
    count += 1 if prime?(number)
    number += 1
  end
end

Measure.section(line_count: LINE_COUNT) { run(LIMIT) }
