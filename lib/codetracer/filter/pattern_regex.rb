# frozen_string_literal: true

# Reads a regular expression, as the family's other recorders write them: searched for, not
# anchored; `^` and `$` are the text's ends.
#
# Used by Pattern. What needs backtracking (references, looking around) is refused with its column:
# no finite automaton does it.
require_relative "fault"
require_relative "pattern_tree"

module CodeTracer
  module Filter
    class RegexReader
      COUNT_MAX = 1000
      CLASSES = { "d" => Tree::DIGIT, "w" => Tree::WORD, "s" => Tree::SPACE,
                  "h" => Tree::DIGIT | Tree.set_of(65..70, 97..102) }.freeze
      CONTROLS = { "n" => "\n", "t" => "\t", "r" => "\r", "f" => "\f", "v" => "\v",
                   "0" => "\0", "a" => "\a", "e" => "\e" }.freeze
      ANCHORS = { "A" => :start, "z" => :end, "Z" => :end, "b" => :edge, "B" => :no_edge }.freeze
      POSIX = { "alpha" => Tree.set_of(65..90, 97..122), "digit" => Tree::DIGIT,
                "alnum" => Tree::WORD & ~(1 << 95), "upper" => Tree.set_of(65..90),
                "lower" => Tree.set_of(97..122), "space" => Tree::SPACE, "word" => Tree::WORD,
                "xdigit" => CLASSES["h"], "punct" => Tree.set_of(33..47, 58..64, 91..96, 123..126)
              }.freeze
      GROUP = /\G\?(?:P?<[a-zA-Z_]\w*>|([ims]*)(-[ims]+)?(:|\)))/.freeze
      COUNTS = /\G\{(\d+)(,?)(\d*)\}/.freeze

      def initialize(text)
        @text = text
        @at = 0
        @folds = @dot_all = false
      end

      # Raises Fault.
      def tree
        found = choices
        refuse("this ) closes nothing") if @at < @text.size
        found
      end

      private

      def choices
        all = [sequence]
        all << sequence while eat("|")
        all.size == 1 ? all.first : [:one, all]
      end

      def sequence
        parts = []
        parts << repeated(atom) until @at >= @text.size || @text[@at] == "|" || @text[@at] == ")"
        [:all, parts]
      end

      def eat(character)
        return false unless @text[@at] == character

        @at += 1
        true
      end

      def refuse(text, at = @at)
        raise Fault, "regex, character #{at + 1}: #{text}"
      end

      def repeated(node)
        loop do
          least, most = counts
          return node unless least

          eat("?") # that it should be short does not change whether there is a match
          refuse("a possessive + is not possible here") if @text[@at] == "+"
          node = Tree.repeat(node, least, most)
        end
      end

      def counts
        return [0, nil] if eat("*")
        return [1, nil] if eat("+")
        return [0, 1] if eat("?")

        match = COUNTS.match(@text, @at)
        return unless match

        least = match[1].to_i
        most = match[2].empty? ? least : match[3].empty? ? nil : match[3].to_i
        refuse("at most #{COUNT_MAX} times") if [least, most.to_i].max > COUNT_MAX
        refuse("the counts are the wrong way round") if most && most < least
        @at = match.end(0)
        [least, most]
      end

      def atom
        start = @at
        character = @text[@at]
        @at += 1
        case character
        when "(" then group
        when "[" then bracket
        when "." then Tree.character_except(@dot_all ? 0 : 1 << 10)
        when "^" then [:start]
        when "$" then [:end]
        when "\\" then escape
        when "*", "+", "?" then refuse("nothing stands before this #{character}", start)
        else Tree.bytes(character, folds: @folds)
        end
      end

      def group
        start, before = @at - 1, [@folds, @dot_all]
        match = GROUP.match(@text, @at)
        refuse("expected ( or (?: or (?i), without looking around", start) if
          @text[@at] == "?" && match.nil?

        @at = match.end(0) if match
        read_flags(match) if match && match[3]
        return [:all, []] if match && match[3] == ")"

        found = choices
        refuse("this ( is not closed", start) unless eat(")")
        @folds, @dot_all = before
        found
      end

      def read_flags(match)
        @folds = true if match[1].include?("i")
        @dot_all = true if match[1].include?("s")
        @folds = false if match[2].to_s.include?("i")
        @dot_all = false if match[2].to_s.include?("s")
      end

      def escape
        character = @text[@at]
        refuse("a backslash ends it") if character.nil?
        @at += 1
        return [ANCHORS[character]] if ANCHORS.key?(character)
        return [:set, CLASSES[character]] if CLASSES.key?(character)
        return Tree.character_except(CLASSES[character.downcase]) if
          CLASSES.key?(character.downcase) && character != "H"

        Tree.bytes(plain(character), folds: @folds)
      end

      # The character that an escape stands for.
      def plain(character)
        return hexadecimal if character == "x"
        return CONTROLS[character] if CONTROLS.key?(character)
        return character unless character =~ /[A-Za-z1-9]/

        refuse("\\#{character} is not possible here", @at - 2)
      end

      def hexadecimal
        match = /\G\h{2}|\G\{\h{1,6}\}/.match(@text, @at) || refuse("\\x takes two digits")
        @at = match.end(0)
        [match[0].delete("{}").hex].pack("U")
      end

      # ---- sets ----

      def bracket
        start = @at - 1
        is_negated = eat("^")
        bits = 0
        first = true
        until @text[@at] == "]" && !first
          refuse("this [ is not closed", start) if @at >= @text.size
          bits |= member
          first = false
        end
        @at += 1
        bits = Tree.fold(bits) if @folds
        is_negated ? Tree.character_except(bits) : [:set, bits]
      end

      def member
        match = /\G\[:(\w+):\]/.match(@text, @at)
        return take_posix(match) if match
        refuse("a set in a set is not possible here") if @text[@at] == "["

        from = member_character
        return from if from.is_a?(Integer)
        return 1 << from.ord if @text[@at] != "-" || @text[@at + 1] == "]"

        @at += 1
        to = member_character
        refuse("a range needs two characters in order") unless to.is_a?(String) && to >= from
        Tree.set_of(from.ord..to.ord)
      end

      def take_posix(match)
        @at = match.end(0)
        POSIX[match[1]] || refuse("there is no class #{match[1]}")
      end

      # One character, or the Integer of a class.
      def member_character
        character = @text[@at]
        @at += 1
        return ascii(character) unless character == "\\"

        escaped = @text[@at].to_s
        @at += 1
        return CLASSES[escaped] if CLASSES.key?(escaped)
        return Tree::ALL_BYTES & Tree::ASCII & ~CLASSES[escaped.downcase] if
          %w[D W S].include?(escaped)

        ascii(plain(escaped))
      end

      def ascii(character)
        refuse("a set holds ASCII characters only", @at - 1) unless character.to_s.ascii_only?
        character
      end
    end
  end
end
