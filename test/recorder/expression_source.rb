# frozen_string_literal: true

# The witness of --expressions: a program's source, rewritten so that it tells each value by itself.
#
# Each sub-expression, as Ruby's own parser finds it, is put into a call that notes its value when
# it has come about. Knows nothing of instructions or node ids.
class ExpressionSource
  SHOWN = %i[CALL OPCALL FCALL VCALL QCALL SUPER ZSUPER YIELD ITER IVAR CVAR GVAR CONST COLON2
             COLON3 NTH_REF BACK_REF DSTR DSYM LIST ZLIST HASH DEFINED AND OR LAMBDA MATCH2 MATCH3
             DREGX DOT2 DOT3 IF UNLESS CASE CASE2 CASE3].freeze
  NOTE = "__seen__"
  HEAD = <<~RUBY
    $__seen__ = []
    module Kernel
      def #{NOTE}(place, value)
        $__seen__ << [place, value.inspect]
        value
      end
    end
  RUBY
  TAIL = "\nat_exit { STDERR.write(Marshal.dump($__seen__)) }\n"

  def initialize(text)
    @text = text
    @starts = [0]
    text.each_byte.with_index { |byte, at| @starts << at + 1 if byte == 10 }
    @opens = Hash.new { |hash, at| hash[at] = [] }
    @closes = Hash.new { |hash, at| hash[at] = [] }
  end

  # The program that tells; its places are [line, column, last line, last column] of this text.
  def telling
    walk(RubyVM::AbstractSyntaxTree.parse(@text), nil)
    out = +""
    @text.each_char.with_index do |char, at|
      out << @closes[at].join << @opens[at].sort_by { |size, _| -size }.map(&:last).join << char
    end
    HEAD + out + TAIL
  end

  private

  def walk(node, parent)
    return if node.type == :DEFINED && !wrap(node).nil? # what is asked about is not evaluated

    return walk_change(node, parent) if changes?(node, parent)

    wrap_result(node) if %i[ITER LAMBDA].include?(node.type)

    wrap(node) if SHOWN.include?(node.type) && stands_alone?(node, parent)
    parts(node).each { |part| walk(part, node) }
  end

  # What a block comes to; `next` of its own ends it.
  def wrap_result(node)
    scope = parts(node).last
    body = scope.children[2]
    return if body.nil? || body.type == :NIL || empty?(body)

    each_next(body) { |found| wrap_next(found, place_of(scope)) }
    return if %i[NEXT BREAK RETURN].include?((body.type == :BLOCK ? parts(body).last : body).type)

    from, to = span(body)
    whole = %i[RESCUE ENSURE].include?(body.type) ? ["begin; ", "; end)"] : ["(", "))"]
    @opens[from] << [to - from + 0.5, "#{NOTE}(#{place_of(scope)}, #{whole[0]}"]
    @opens[to] << [Float::INFINITY, whole[1]]
  end

  def empty?(body)
    body.type == :BEGIN && body.children.compact.empty?
  end

  def each_next(node, &block)
    yield node if node.type == :NEXT
    return if %i[ITER LAMBDA DEFN DEFS WHILE UNTIL FOR SCLASS].include?(node.type)

    parts(node).each { |part| each_next(part, &block) }
  end

  def wrap_next(node, place)
    value = parts(node).first
    return @opens[span(node)[1]] << [0, " #{NOTE}(#{place}, nil)"] unless value

    from, to = span(value)
    @opens[from] << [to - from + 0.5, "#{NOTE}(#{place}, ("]
    @closes[to] << "))"
  end

  # `@x += y`, a call that stands where the assignment stands.
  def changes?(node, parent)
    parent && node.type.end_with?("CALL") && parent.type.end_with?("ASGN", "ASGN_CURR") &&
      place_of(node) == place_of(parent)
  end

  # What is read of it is told before the whole: it cannot be put into anything.
  def walk_change(node, _parent)
    target, *others = parts(node)
    if SHOWN.include?(target.type)
      from, to = span(node)
      note = "(#{NOTE}(#{place_of(target)}, #{text_of(target)}); "
      @opens[from] << [to - from, note]
      @closes[to] << ")"
    end
    others.each { |part| walk(part, node) }
  end

  # Of `in` not the pattern, which is no expression, but its guard.
  def parts(node)
    all = node.children.grep(RubyVM::AbstractSyntaxTree::Node)
    return all unless node.type == :IN

    guard = all.first if %i[IF UNLESS].include?(all.first.type)
    walk_pattern(guard ? guard.children[1] : all.first)
    [*guard&.children&.first, *all.drop(1)]
  end

  # Constants in it are told as `^(…)`, which matches the same.
  def walk_pattern(node)
    return unless node.is_a?(RubyVM::AbstractSyntaxTree::Node)
    return wrap(node, "^(") if node.type == :CONST

    node.children.each { |part| walk_pattern(part) }
  end

  # Not: the call inside of one with a block, a list of arguments, a literal, a name that is
  # defined or reached through.
  def stands_alone?(node, parent)
    return false if text_of(node).match?(/\A(?:next|break)\b/)
    return false if parent && %i[ITER CLASS MODULE CDECL].include?(parent.type) &&
                    same?(parent.children.first, node) && parent.type != :ITER
    return false if parent&.type == :ITER && same?(parent.children.first, node)
    return false if node.type == :LIST && arguments?(node, parent)
    return listed?(node) && !literal?(node) if %i[LIST ZLIST HASH].include?(node.type)
    return !literal?(node) if %i[DOT2 DOT3].include?(node.type)

    true
  end

  def arguments?(node, parent)
    parent && !same?(parent.children.first, node) &&
      parent.type.match?(/CALL\z|SUPER|YIELD|ATTRASGN/)
  end

  def listed?(node)
    %w([ {).include?(text_of(node)[0]) && %w(] }).include?(text_of(node)[-1])
  end

  def literal?(node)
    parts = node.children.grep(RubyVM::AbstractSyntaxTree::Node)
    parts = parts.flat_map { |part| part.type == :LIST ? part.children.compact : part }
    fixed = %i[LIT STR INTEGER SYM TRUE FALSE NIL]
    !parts.empty? && parts.all? { |part| fixed.include?(part.type) }
  end

  def same?(one, other)
    one.respond_to?(:node_id) ? one.node_id == other.node_id : false
  end

  def wrap(node, before = "(")
    from, to = span(node)
    @opens[from] << [to - from, "#{before}#{NOTE}(#{place_of(node)}, ("]
    @closes[to] << ")))"
  end

  def place_of(node)
    [node.first_lineno, node.first_column, node.last_lineno, node.last_column]
  end

  def span(node)
    [place(node.first_lineno, node.first_column), place(node.last_lineno, node.last_column)]
  end

  def place(line, column)
    @starts[line - 1] + column
  end

  def text_of(node)
    @text[place(node.first_lineno, node.first_column)...place(node.last_lineno, node.last_column)]
  end
end
