# frozen_string_literal: true

# The accounts of test/programs/bank.rb, between which money goes to and fro, now and then refused.
#
# As many rounds as the first argument says: 1,000,000 steps unless told otherwise.
require_relative "../../test/programs/bank"

ROUND_COUNT = Integer(ARGV.fetch(0, "32100"))

round = 0
while round < ROUND_COUNT
  if (round % 1000).zero?
    ann = Account.new("Ann", 100)
    bob = Account.new("Bob", 5)
  end
  transfer(ann, bob, 1 + round % 90)
  transfer(bob, ann, 1 + round % 80)
  round += 1
end
