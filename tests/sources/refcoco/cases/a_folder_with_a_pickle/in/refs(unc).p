(lp0
.