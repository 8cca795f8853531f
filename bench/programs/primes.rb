# frozen_string_literal: true

# Primes by trial division, 2,317,085 line events: measured in a file that is loaded first, or after
# all of it has been done once, if the first argument is `warm`.
#
# For yjit.rb, which records that file alone: was the loop compiled before a recorded file came?
LIMIT = 50_000

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

run(LIMIT) if ARGV.first == "warm"
require_relative "../measure"

Measure.section(line_count: 2_317_085) { run(LIMIT) }
