# requires: 3.2
# Anonymous *, ** and & passed on.
def target(*list, **options, &block)
  [list, options.keys, block.call]
end

def hand_on(*, **, &)
  target(*, **, &)
end

p hand_on(1, 2, three: 3) { :block }
