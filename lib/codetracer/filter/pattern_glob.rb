# frozen_string_literal: true

# Reads a glob: `*` and `?` stay within a folder, `**` does not, `[a-z]`, `[!a]`, `{one,other}`.
#
# Used by Pattern. `**/` is also no folder at all, so that `app/**/x.rb` finds app/x.rb.
require_relative "fault"
require_relative "pattern_tree"

module CodeTracer
  module Filter
    class GlobReader
      SLASH = 1 << 47

      def initialize(text)
        @text = text
        @at = 0
        @depth = 0
      end

      # Raises Fault.
      def tree
        parts = all_until(nil)
        [:all, parts]
      end

      private

      def all_until(ends)
        parts = []
        parts << part until @at >= @text.size || (ends && ends.include?(@text[@at]))
        parts
      end

      def part
        case character = take
        when "*" then star
        when "?" then Tree.character_except(SLASH)
        when "[" then set
        when "{" then choice
        when "\\" then Tree.bytes(take || raise(Fault, "the glob ends in a backslash"))
        else Tree.bytes(character)
        end
      end

      def take
        @at += 1
        @text[@at - 1]
      end

      def star
        return Tree.repeat([:set, Tree::ALL_BYTES & ~SLASH], 0) unless @text[@at] == "*"

        @at += 1
        any = Tree.repeat([:set, Tree::ALL_BYTES], 0)
        return any unless @text[@at] == "/" && [nil, "/"].include?(@at > 2 ? @text[@at - 3] : nil)

        @at += 1
        Tree.repeat([:all, [any, [:set, SLASH]]], 0, 1)
      end

      def set
        close = @text.index("]", @at + (@text[@at] =~ /[!^]/ ? 2 : 1))
        raise Fault, "the glob has a [ without its ]" unless close

        text = @text[@at...close]
        @at = close + 1
        bits = bits_of(text.sub(/\A[!^]/, ""))
        text =~ /\A[!^]/ ? Tree.character_except(bits | SLASH) : [:set, bits & ~SLASH]
      end

      def bits_of(text)
        raise Fault, "a set in a glob holds ASCII characters only" unless text.ascii_only?

        text.scan(/.-.|./m).map do |one|
          one.size == 3 ? Tree.set_of(one[0].ord..one[2].ord) : 1 << one.ord
        end.reduce(0, :|)
      end

      def choice
        choices = []
        loop do
          choices << [:all, all_until(",}")]
          raise Fault, "the glob has a { without its }" if @at >= @text.size
          return [:one, choices] if take == "}"
        end
      end
    end
  end
end
