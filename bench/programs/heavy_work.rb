# frozen_string_literal: true

# Primes by trial division, counted up to the first argument: 2,389 (44,015 line events) unless
# told otherwise; 18,814 (632,000) is the long form.
#
# The second argument says how many line events that makes. `warm` as the third: all of it is done
# once before a file that could be recorded is loaded (yjit.rb: was the loop compiled by then?).
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

run(LIMIT) if ARGV[2] == "warm"
require_relative "../measure"

Measure.section(line_count: LINE_COUNT) { run(LIMIT) }
