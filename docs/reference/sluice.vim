" Written by `make docs` from rules/token.def: put it into ~/.vim/syntax/sluice.vim, and
"     autocmd BufNewFile,BufRead *.rule setfiletype sluice
if exists("b:current_syntax")
  finish
endif
setlocal iskeyword=@,48-57,_
syntax match sluiceNumber "\<\d[0-9_]*\(\.\d\+\)\?\(%\|[dhms]\+\)\?"
syntax region sluiceText start=/"/ skip=/\\./ end=/"/ oneline
syntax match sluiceComment "#.*$"
syntax keyword sluiceBlock absolute calendar const draft feature list ordinary pattern policy retired rule scorecard shadow tag typology
syntax keyword sluiceClause advise delay fires mark protect quiet raise reach say score stop unless watch when
syntax keyword sluiceAggregate any avg count distinct first last max median min p90 p99 rising share sum top_share usual_max usual_median usual_p90 usual_p99
syntax keyword sluicePlain after ago allow and approval arrives at band basis before between budget by cap channels closes during each else every feed for given has holidays if in known least level marked matches most near no not of on or per points receivers since then tiers timeout times today unknown wait where within without workdays x
highlight default link sluiceNumber Number
highlight default link sluiceText String
highlight default link sluiceComment Comment
highlight default link sluiceBlock Structure
highlight default link sluiceClause Statement
highlight default link sluiceAggregate Function
highlight default link sluicePlain Keyword
let b:current_syntax = "sluice"
