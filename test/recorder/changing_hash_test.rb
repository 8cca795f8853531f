# frozen_string_literal: true

# Hashes that change in place, line by line: what both recorders show of them. The native one
# compares the pairs that it has shown, and puts a new number where the old one stands.
#
# changing_text_test.rb does the same for texts.
require_relative "recorder_case"

class ChangingHashTest < RecorderCase
  parallelize_me!

  # Pairs that go and come back in other places, sizes around that of a small hash, keys that are
  # one by identity; each by the same dice.
  PROGRAM = <<~'RUBY'
    def change(table, key, value, dice)
      case dice % 12
      when 0..3
        table[key] = value
      when 4, 5
        table.delete(key)
      when 6
        gone = table.shift
        table[gone[0]] = gone[1] if gone
      when 7
        table.delete(key)
        table[key] = value
      when 8
        table.replace(table.to_a.reverse.to_h)
      when 9
        table.rehash
      when 10
        table.reject! { |_, held| held == value }
      else
        table.store(key, value.to_f)
      end
      table.size
    end

    def play(table, keys, seed, rounds)
      rounds.times do
        seed = (seed * 1_103_515_245 + 12_345) % 2**31
        change(table, keys[(seed >> 8) % keys.size], (seed >> 16) % 5, seed >> 12)
      end
      table.clear
      table[keys.first] = 1
      table[keys.first] = 2
    end

    play({}, %i[a b c d], 1, 60)
    play({ a: 1, b: 2, c: 3 }, %i[a b c], 2, 60)
    play({}, [*:a..:l], 3, 80)
    play({}, [1, 2, 3, 4], 6, 120)
    play({}, [*0..12], 7, 120)
    play({}, [1, 2.5, nil, "text", [1]], 4, 60)
    play({}.compare_by_identity, ["x", "y", 3], 5, 40)
  RUBY

  def test_both_recorders_show_the_same
    assert_equal events_by("pure", PROGRAM), events_by("native", PROGRAM)
  end
end
