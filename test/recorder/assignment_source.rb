# frozen_string_literal: true

# The witness of what is assigned to what: a program's source, rewritten so that each assignment and
# each change of a receiver tells by itself.
#
# Every one becomes a call of a helper that notes the value, whose part it is and what was there,
# then does what the source did. Knows nothing of instructions or node ids. Objects are told by
# class, number in order of their appearance, and what they hold.
require_relative "expression_source"

class AssignmentSource < ExpressionSource
  HEAD = File.read(File.join(__dir__, "assignment_witness.rb")).lines.drop(1).join.freeze
  TAIL = "\nat_exit { STDERR.write(Marshal.dump(Witness.told)) }\n"
  SINGLE = %i[LASGN DASGN DASGN_CURR IASGN GASGN CVASGN CDECL].freeze
  PLAIN = %i[LASGN DASGN DASGN_CURR].freeze
  MUTATORS = %i[<< push unshift concat pop shift store merge! replace map! delete insert reject!
                upcase! fill enq deq delete! tr_s! rehash delete?].freeze

  # The program that tells; its places are [line, column, last line, last column] of this text.
  def telling
    walk(RubyVM::AbstractSyntaxTree.parse(@text), nil)
    out = +""
    @text.each_char.with_index do |char, at|
      out << @closes[at].sort_by.with_index { |(depth, _), i| [-depth, i] }.map(&:last).join
      out << @opens[at].sort_by { |size, _| -size }.map(&:last).join
      out << char unless cut?(at)
    end
    HEAD + out + TAIL
  end

  private

  def walk(node, parent)
    @depth = @depth.to_i + 1
    walk_own(node, parent)
    @depth -= 1
  end

  def walk_own(node, parent)
    case node.type
    when *SINGLE then single(node, fresh: %i[OPT_ARG KW_ARG].include?(parent&.type))
    when :ATTRASGN then attribute(node)
    when :OP_ASGN1, :OP_ASGN2 then changed_part(node)
    when :MASGN then return several(node)
    when :CALL, :OPCALL
      change(node, parent) if MUTATORS.include?(node.children[1])
    when :FCALL, :VCALL
      own_change(node, parent) if MUTATORS.include?(node.children[0])
    end
    nodes(node).each { |part| walk(part, node) }
  end

  def nodes(node)
    node.children.grep(RubyVM::AbstractSyntaxTree::Node)
  end

  # `x = v`, `x += v`, `x ||= v`; `fresh`: what a parameter is by default.
  def single(node, fresh:)
    value = nodes(node).last or return
    return rescued(node) if value.type == :ERRINFO

    from, to = span(node)
    text, name, operator = @text[from...to].match(/\A([@$]*[\w:]+)\s*(\S*?)=\s*/m).to_a
    return (keyword(node, value) if fresh) unless text

    told = "Witness.assigned(#{what(node, name)}, "
    put(from + text.size, *wrapped(told, name, operator, value))
    put_after(to, ", #{fresh ? '[], []' : owner(node, name)})")
    replace(from, from + text.size, "#{name} = ") unless ["", "||", "&&"].include?(operator)
  end

  # `k: v`; what needs no code is assigned without any.
  def keyword(node, value)
    return if %i[LIT INTEGER STR NIL TRUE FALSE].include?(value.type)

    from, to = span(value)
    name = @text[span(node)[0]...from][/\A\w+/]
    @opens[from] << [to - from + 0.5, "Witness.assigned(#{what(node, name)}, ("]
    put_after(to, "), [], [])")
  end

  def put(at, before, after, to)
    @opens[at] << [to - at, before]
    put_after(to, after)
  end

  def wrapped(told, name, operator, value)
    to = span(value)[1]
    return ["#{told}#{name} #{operator} (", ")", to] unless ["", "||", "&&"].include?(operator)

    bare_list?(value) ? ["#{told}[", "]", to] : ["#{told}(", ")", to]
  end

  def bare_list?(value)
    return !listed?(value) if value.type == :LIST

    %i[SPLAT ARGSCAT ARGSPUSH].include?(value.type)
  end

  # Whose, and what was there.
  def owner(node, name)
    case node.type
    when :IASGN then "[self], (defined?(#{name}) ? [#{name}] : [])"
    when :CDECL
      of = name[/.*(?=::)/] || "(Module.nesting.first || Object)"
      "[#{of}], (#{of}.const_defined?(:#{name[/\w+\z/]}, false) ? [#{name}] : [])"
    when :CVASGN then "[], (defined?(#{name}) ? [#{name}] : [])"
    else "[], [#{name}].compact"
    end
  end

  def what(place, name, sign = " =")
    place = place_of(place) unless place.is_a?(Array)
    [place, name + sign].inspect
  end

  # Ruby's parser counts the `=>` to it.
  def rescued(node)
    name = @text[span(node)[0]...span(node)[1]][/[@\w]+\z/]
    line, _, *stop = place_of(node)
    place = [line, stop.last - name.size, *stop]
    put_after(span(node)[1], "; Witness.assigned(#{what(place, name)}, #{name}, " \
                             "#{node.type == :IASGN ? '[self]' : '[]'}, [])")
  end

  # `obj.attr = v`, `a[i] = v`
  def attribute(node)
    receiver, arguments = nodes(node)
    return if arguments.nil?

    *keys, value = nodes(arguments)
    from, to = span(receiver)
    return splatted(node, receiver, keys[0], value) if arguments.type == :ARGSPUSH

    head = keys.empty? ? to : span(keys.last)[1]
    behind = @text[head..][/\A[^=]*=\s*/]
    name = @text[from...head] + behind[/\A[^=]*?(?=\s*=)/]
    @opens[from] << [to - from + 0.5,
                     "Witness.sent(#{what(node, name)}, #{node.children[1].inspect}, ("]
    cut(to, span(keys.first)[0]) unless keys.empty?
    cut(head, head + behind.size)
    put_after(to, "), [")
    put_after(head, "], #{bare_list?(value) ? '[' : '('}")
    put_after(span(node)[1], "#{bare_list?(value) ? ']' : ')'})")
  end

  # `a[k, *i] = v`
  def splatted(node, receiver, keys, value)
    from = span(node)[0]
    behind = span(keys)[1]
    stop = behind + @text[behind..].index("=") + 1
    target = @text[from...behind] + "]"
    list = bare_list?(value)
    replace(from, stop, "Witness.sent(#{what(node, target)}, :[]=, (#{slice(receiver)}), " \
                        "[#{slice(keys)}], #{list ? '[' : '('}")
    put_after(span(node)[1], "#{list ? ']' : ')'})")
  end

  # `obj.attr += v`, `a[i] ||= v`
  def changed_part(node)
    receiver = nodes(node).first
    value = nodes(node).last
    keys = node.type == :OP_ASGN1 ? keys_of(nodes(node)[1]) : []
    from, to = span(receiver)
    before = @text[from...span(value)[0]]
    name, operator = before.match(/\A(.*?)\s*([^\s\w\])]+)=\s*\z/m).captures
    method = node.type == :OP_ASGN1 ? "[]" : name[/\w+\z/]
    @opens[from] << [to - from + 0.5,
                     "Witness.changed(#{what(node, name)}, #{[method, operator]}, ("]
    cut(to, (keys.first || value).then { |first| span(first)[0] })
    cut(span(keys.last)[1], span(value)[0]) unless keys.empty?
    put_after(to, "), [")
    put_after(keys.empty? ? to : span(keys.last)[1], "]) { (")
    put_after(span(value)[1], ") }")
  end

  def keys_of(node)
    node.type == :LIST ? nodes(node) : [node]
  end

  # `list.push(a)`, `list << a`, `list.pop`: the helper calls it.
  def change(node, parent)
    receiver = nodes(node).first
    arguments = nodes(node)[1] ? nodes(nodes(node)[1]) : []
    from, to = span(receiver)
    stop = span(node)[1]
    dot = node.children[1] == :<< ? " <<" : ".#{node.children[1]}"
    whole = parent&.type == :ITER && same?(nodes(parent).first, node) ? parent : node
    @opens[from] << [to - from + 0.5,
                     "Witness.mutated(#{what(whole, @text[from...to], dot)}, " \
                     "#{node.children[1].inspect}, ("]
    put_after(to, arguments.empty? ? "))" : "), ")
    cut(to, arguments.empty? ? stop : span(arguments.first)[0])
    return if arguments.empty?

    cut(span(arguments.last)[1], stop)
    put_after(span(arguments.last)[1], ")")
  end

  # `push(a)`, `pop`
  def own_change(node, parent)
    name = node.children[0]
    from = span(node)[0]
    arguments = node.children[1]
    whole = parent&.type == :ITER && same?(nodes(parent).first, node) ? parent : node
    before = "Witness.mutated(#{what(whole, name.name, '')}, #{name.inspect}, self"
    stop = arguments ? span(nodes(arguments).first)[0] : span(node)[1]
    replace(from, stop, arguments ? "#{before}, " : "#{before})")
    return unless arguments

    cut(span(nodes(arguments).last)[1], span(node)[1])
    put_after(span(nodes(arguments).last)[1], ")")
  end

  # `a, (b, *o.c) = v`: into variables of ours, and from each to what it is for.
  def several(node)
    from, to = span(node)
    value = nodes(node).first
    number = @number = @number.to_i + 1
    targets = []
    collect_targets(node, targets)
    targets.each_with_index do |target, i|
      replace(*span(target), "t_#{number}_#{i}__")
    end
    told = targets.each_with_index.map { |target, i| of_several(target, "t_#{number}_#{i}__") }
    put_after(to, "; #{told.join('; ')}")
    @opens[from] << [to - from, "("]
    put_after(to, ")")
    walk(value, node)
  end

  def collect_targets(node, found)
    _value, list, rest = node.children
    [list, rest].grep(RubyVM::AbstractSyntaxTree::Node).each { |each| add_target(each, found) }
  end

  def add_target(node, found)
    case node.type
    when :MASGN then collect_targets(node, found)
    when :LIST, :POSTARG then nodes(node).each { |each| add_target(each, found) }
    else found << node
    end
  end

  def of_several(target, variable)
    text = slice(target)
    unless target.type == :ATTRASGN
      return "#{text} = Witness.assigned(#{what(target, text)}, #{variable}, " \
             "#{owner(target, text)})"
    end

    receiver, keys = nodes(target)
    keys = (keys.type == :LIST ? nodes(keys) : [keys]).map { |key| slice(key) }.join(", ") if keys
    "Witness.sent(#{what(target, text)}, #{target.children[1].inspect}, (#{slice(receiver)}), " \
      "[#{keys}], #{variable})"
  end

  def slice(node)
    from, to = span(node)
    @text[from...to]
  end

  # ---- edits ----

  def put_before(node, text)
    from, to = span(node)
    @opens[from] << [to - from, text]
  end

  # At one place the inner before the outer.
  def put_after(at, text)
    @closes[at] << [@depth, text]
  end

  def replace(from, to, text)
    @opens[from] << [to - from, text]
    cut(from, to)
  end

  def cut(from, to)
    (@cuts ||= []) << (from...to)
  end

  def cut?(at)
    (@cuts ||= []).any? { |range| range.cover?(at) }
  end
end
