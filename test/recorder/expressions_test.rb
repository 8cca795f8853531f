# frozen_string_literal: true

# --expressions against a witness: the same program, rewritten to tell its values by itself; and
# what is assigned to what.
#
# Values are compared by their words; of hashes and objects the places alone.
require_relative "expressions_case"

class ExpressionsTest < ExpressionsCase
  parallelize_me!

  SNIPPETS = File.join(__dir__, "expression_snippets.txt")

  ASSIGNING = <<~RUBY
    class Pot
      attr_accessor :n
      def work(k, list)
        @@all = 1
        $filled = 2
        @n = k
        self.n += 1
        list[0] = k * 2
        list[1] ||= 9
        list << 3
        x, @m = 5, 6
        x -= 1
        @n = k + 1
        list[0, 2] = 8
        list.pop
        list.map! { |e| e }
        self.n, list[1] = 2, 3
        @@all += 1
        $filled ||= 2
        $filled += 1
        KEPT[0] = Integer("x") rescue 7
        more, tail = {}, [4, 5]
        more.merge!(k: 6)
        more.update("l" => 7)
        list.push(*tail)
        list.push(1, *tail)
        list.map!(&:succ)
        Pot::SIZE << "z"
      end
      SIZE = +"s"
    end
    KEPT = [8, nil]
    Pot.new.work(4, KEPT)
  RUBY
  ASSIGNED = [
    ["KEPT =", "[8,nil]"], ["@@all =", "1"], ["$filled =", "2"], ["@n =", "4"], ["self.n =", "5"],
    ["list[0] =", "8", "[8,nil]", "0", "8"], ["list[1] =", "9", "[8,nil]", "1", "nil"],
    ["list <<", "3", "[8,9]"], ["@m =", "6"], ["x =", "5"], ["x =", "4", "5"], ["@n =", "5", "5"],
    ["list[0, 2] =", "8", "[8,9,3]", "0", "2"], ["list.pop", "[8,3]"], ["list.map!", "[8]"],
    ["self.n =", "2"], ["list[1] =", "3", "[8]", "1"], ["@@all =", "2", "1"],
    ["$filled =", "3", "2"], ["KEPT[0] =", "7", "[8,3]", "0", "8"], ["SIZE =", "s"],
    ["more =", "[]"],
    ["tail =", "[4,5]"], ["more.merge!", "6", "[]"], ["more.update", "[?]", "[?]"],
    ["list.push", "[4,5]", "[7,3]"], ["list.push", "[4,5]", "[7,3,4,5]", "1"],
    ["list.map!", "[7,3,4,5,1,4,5]"], ["Pot::SIZE <<", "z", "s"]
  ].freeze

  def test_snippets_as_the_witness_tells_them
    assert_as_told(File.read(SNIPPETS))
  end

  # The variables of the frame are on the heap from its first line on.
  def test_snippets_in_a_frame_that_is_kept
    text = File.read(SNIPPETS)
    assert_as_told(text.sub(/^def snippets.*/) { |line| "#{line}\n  kept = binding" })
  end

  def test_it_as_the_witness_tells_it
    skip "`it` needs Ruby 3.4" if RUBY_VERSION < "3.4"
    assert_as_told(<<~RUBY)
      def snippets(list)
        x = list.map { it.succ }.sum
        x = list.sum { it * 2 + (it > 1 ? it.pred : it) }
        list.select { it.odd? && it.succ }.map { |e| [e].map { it + e } }
      end
      snippets([1, 2, 3])
    RUBY
  end

  def assert_as_told(text)
    expected = told(text)
    ran = record_expressions(write_program("snippets.rb", text))
    assert ran.status.success?, ran.to_s
    refute_match(/cannot be recorded/, ran.err)
    assert_same_values(text.lines, expected, seen_values)
  end

  # The first that differs says enough.
  def assert_same_values(lines, *lists)
    expected, found = lists.map { |list| list.reject { |place, _| left_out?(lines, place) } }
    expected.zip(found).each_cons(2) do |before, (one, other)|
      assert_equal one, other, "behind #{before[0]}"
    end
    assert_equal expected.size, found.size
  end

  # Whose, which key, which value; the names that several are assigned to at once.
  def test_assignments
    ran = record_expressions(write_program("assign.rb", ASSIGNING))
    assert ran.status.success?, ran.to_s
    found = seen.select { |each| each[2] == "assigned" }.map do |each|
      [each[3], each[1], *each[4].reject { |part| part == "?" }]
    end
    assert_equal ASSIGNED.sort, found.sort
  end

  # Which of Ruby's own methods change their receiver is told by their names.
  def test_names_of_changes
    require "set"
    require_relative "../../lib/codetracer/expressions"
    known = CodeTracer::Expressions::Assignments::MUTATORS
    [Array, Hash, String, Set, Queue].each do |core|
      assert_empty core.instance_methods(false).grep(/\w!\z/) - known
    end
  end

  # They come about before the call has begun, and stand in it; not of one that did not begin.
  def test_defaults_of_parameters
    program = write_program("defaults.rb", <<~RUBY)
      def work(a, b = a + 1, c: inner(b.to_s))
        c
      end
      def inner(text, size = text.size * 2) = size
      begin
        work("x")
      rescue TypeError
        0
      end
      [4, "y", 5].each { |n| work(n) rescue work(6, n) }
    RUBY
    ran = record("--expressions", program)
    assert ran.status.success?, ran.to_s
    text = Command.run(CTRACE, "print", "-x", in_folder("trace")).out
    lines = text.lines.map { |line| line.strip.gsub(/\S+\.rb/, "FILE") }
    at = lines.index("-> work(self=main, a=4, b=5, c=2)")
    assert_equal ["1:16-21 a + 1 => 5", "1:12-21 b = 5", "1:32-38 b.to_s => \"5\"",
                  "1:26-39 inner(b.to_s) => 2", "1:23-39 c = 2"], lines[at + 2, 5], text
    assert_match(/\A\d+ +FILE:2 /, lines[at + 7], text)
    assert_equal 2 + 3, lines.grep(/\A1:12-21 b = |\A4:16-36 size = /).size, text
    refute_match(/"x"|a \+ 1 => "/, lines.grep(/\A1:/).join, text)
    refute_match(/=/, lines[at + 1], "what an earlier call showed")
    refute_match(/=/, lines[lines.index("-> work(self=main, a=5, b=6, c=2)") + 1])
  end

  # As text, and the same in JSON.
  def test_printed
    program = write_program("printed.rb", <<~'RUBY')
      # frozen_string_literal: true
      def work(a, list)
        list[0] = a + 1
        "v#{a.succ}"
      end
      work(4, [8])
    RUBY
    ran = record("--expressions", program)
    assert ran.status.success?, ran.to_s
    text = Command.run(CTRACE, "print", "-x", in_folder("trace")).out
    lines = text.lines.map(&:strip)
    assert_includes lines, "3:12-17 a + 1 => 5", text
    assert_includes lines, "3:2-17 list[0] = 5, receiver [8], argument 0, before 8", text
    assert_match(/^ +4:6-12 a\.succ => 5\n +4:2-14 "v\#\{a\.succ\}" => "v5"\n/, text)
    json = Command.run(CTRACE, "print", "-jx", in_folder("trace")).out
    told = json.lines.map { |line| JSON.parse(line) }.flat_map { |each| each["values"] || [] }
               .select { |each| each.key?("expression") }
    sum = told.find { |each| each["name"] == "a + 1" }["expression"]
    assert_equal ["value", 3, 12, 3, 17, 1],
                 sum.values_at("kind", "line", "column", "last_line", "last_column", "depth")
    parts = told.select { |each| each["name"].start_with?("list[0] =") }
    assert_equal [nil, "receiver", "argument", "before"],
                 parts.map { |each| each["expression"]["part"] }
    refute_match(/"expression"/, Command.run(CTRACE, "print", "-j", in_folder("trace")).out)
  end

  # Two values of one name stand on two steps; a fault of ours on code like this is no fault of its.
  def test_one_name_once_a_step
    program = write_program("again.rb", <<~RUBY)
      @n = 0
      @n += 1 while @n < 3
      def größe!(a) = a.succ
      @größe = größe!(@n)
      p @größe
    RUBY
    ran = record("--expressions", program)
    assert_equal "4\n", ran.out, ran.to_s
    checked_events
  end

  # What the compiler makes into one instruction with what is around it: the outer of `Box::LIMIT`
  # is read with it, `[a, b]` is not made for `[a, b].max`.
  NEVER_MADE = ["Box", "[a, b]"].freeze
  # For Prism `a && b && c` is `(a && b) && c`, and the nil of a choice that goes by a flip-flop is
  # of no node.
  OTHERWISE_IN_PRISM = ["a < b && b.succ", "e.succ if (e == a)..(e == b)"].freeze

  def left_out?(lines, place)
    text = lines[place[0] - 1][place[1]...place[3]]
    NEVER_MADE.include?(text) || (RUBY_VERSION >= "3.4" && OTHERWISE_IN_PRISM.include?(text))
  end
end
